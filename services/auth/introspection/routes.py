"""POST /oauth/introspect."""

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given, raw
from chassis.web.describe import Told
from services.auth.clients import authenticate
from services.auth.clients.parameters import SECURITY, TokenNamed
from services.auth.ground import Ground
from services.auth.introspection.look import Introspection, look
from services.auth.token import form
from services.auth.token.routes import NO_STORE


@web.post(
    "/oauth/introspect",
    credentials=("own",),
    rate="introspection",
    pool="token",
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=TokenNamed, answers=(401,)),
)
async def introspect(request: Request[None, None, State], ground: Given[Ground]) -> Response[Introspection]:
    """Says whether a token counts now, and what it says (RFC 7662).

    For confidential clients: about their own tokens, and about those for an API resource that they serve. About
    anything else the answer is `{"active": false}`.
    """
    asked = form.read(raw.header(request, b"content-type") or "", await raw.body(request))
    credentials = authenticate.shown(raw.header(request, b"authorization"), asked.fields)
    return web.Answer(await look(ground, credentials, asked.need("token")), headers=NO_STORE)
