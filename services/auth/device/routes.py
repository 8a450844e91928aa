"""POST /oauth/device_authorization."""

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from services.auth.clients import authenticate, console
from services.auth.clients.parameters import SECURITY
from services.auth.device import begin
from services.auth.device.begin import Begun
from services.auth.ground import Ground
from services.auth.token import form
from services.auth.token.parameters import DeviceParameters
from services.auth.token.routes import NO_STORE, caller


@web.post(
    "/oauth/device_authorization",
    credentials=("own",),
    rate="device",
    pool="token",
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=DeviceParameters, answers=(401,)),
)
async def device_authorization(request: Request[None, None, State], ground: Given[Ground]) -> Response[Begun]:
    """Begins the device grant (RFC 8628): a code for the device, and one for the person who lets it in.

    Takes `scope` as a form. Confidential clients authenticate as at the token endpoint, public ones send their
    `client_id` alone. The device then polls the token endpoint every `interval` seconds.
    """
    asked = form.read(request.headers.get("content-type", ""), await request.body())
    credentials = authenticate.shown(request.headers.get("authorization"), asked.fields)
    app = await authenticate.current(ground.clients, credentials)
    async with console.noting(ground, app, "device_authorization", caller(request)):
        return Response(await begin.begin(ground, app, asked), headers=NO_STORE)
