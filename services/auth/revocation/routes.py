"""POST /oauth/revoke."""

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from services.auth.clients import authenticate, console
from services.auth.clients.parameters import SECURITY, TokenNamed
from services.auth.ground import Ground
from services.auth.revocation.take_back import take_back
from services.auth.token import form
from services.auth.token.routes import NO_STORE, caller


@web.post(
    "/oauth/revoke",
    credentials=("own",),
    rate="introspection",
    pool="token",
    cors=True,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=TokenNamed, answers=(401,)),
)
async def revoke(request: Request[None, None, State], ground: Given[Ground]) -> Response[bytes]:
    """Gives a token back (RFC 7009); 200 with an empty body, for an unknown token too.

    Takes `token` and `token_type_hint` as a form. Confidential clients authenticate as at the token endpoint, public
    ones send their `client_id` and no secret.
    """
    asked = form.read(request.headers.get("content-type", ""), await request.body())
    app = await authenticate.current(
        ground.clients, authenticate.shown(request.headers.get("authorization"), asked.fields)
    )
    async with console.noting(ground, app, "revocation", caller(request)):
        await take_back(ground, app, asked.need("token"))
    return Response(b"", headers=NO_STORE, media_type="text/plain")
