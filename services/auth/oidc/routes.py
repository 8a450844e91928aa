"""POST /oidc/token for machines, and the dialect's documents (management-api.md 1.2)."""

from typing import Any, Final

from litestar import Request, Response, Router
from litestar.datastructures import State

from chassis import web
from chassis.problems import InvalidRequest, Problem
from chassis.web import Given
from chassis.web.describe import Told
from services.auth.clients.parameters import SECURITY, TokenNamed
from services.auth.discovery import document
from services.auth.ground import Ground
from services.auth.oidc import refusals
from services.auth.token import exchange, form
from services.auth.token.parameters import DialectQuery, DialectTokenParameters
from services.auth.token.request import Dialect, Issued
from services.auth.token.routes import caller, presented, reply

KEPT: Final[dict[str, Any]] = {
    "credentials": ("own",),
    "rate": "introspection",
    "pool": "token",
    "face": "second",
    "body_limit": form.BODY_BYTES,
    "security": SECURITY,
    "told": Told(form=TokenNamed),
}
"""How both are declared that only say no."""


class UnsupportedTokenType(Problem):
    """RFC 7009 section 2.2.1."""

    status, code = 400, "unsupported_token_type"
    default_detail = "JWT access tokens are neither introspected nor revoked here."


GRANTS = frozenset({"client_credentials"})


@web.post(
    "/token",
    credentials=("own",),
    rate="token",
    pool="token",
    face="second",
    cors=True,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=DialectTokenParameters, query=DialectQuery, media=(form.FORM, form.JSON), answers=(401,)),
)
async def oidc_token(request: Request[None, None, State], ground: Given[Ground]) -> Response[Issued]:
    """Gives a machine application an access token for one API resource; a form, or the same members as JSON."""
    dialect = Dialect(issuer=f"{ground.issuer}/oidc", grants=GRANTS, all_scopes_by_default=False)
    asked = form.read_either(request.headers.get("content-type", ""), await request.body())
    shown = presented(request, ground.issuer)
    if shown.authorization is None and asked.get("client_id") is None:
        raise InvalidRequest("No client credentials were sent.")
    return reply(ground, await exchange.exchange(ground, dialect, asked, shown, caller(request)))


@web.post("/token/introspection", **KEPT)
async def oidc_introspection() -> Response[bytes]:
    """The dialect's tokens are JWTs for resources: their signature is all there is to look at (1.2)."""
    raise UnsupportedTokenType


@web.post("/token/revocation", **KEPT)
async def oidc_revocation() -> Response[bytes]:
    """The dialect's tokens count until they expire (1.2)."""
    raise UnsupportedTokenType


@web.get("/.well-known/openid-configuration", credentials=("none",), rate="none", face="second", cached=True, cors=True)
async def oidc_configuration(ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The dialect's discovery document."""
    return Response(document.second(ground.issuer), headers=document.CACHED)


@web.get("/jwks", credentials=("none",), rate="none", face="second", cached=True, cors=True)
async def oidc_jwks(request: Request[None, None, State], ground: Given[Ground]) -> Response[bytes]:
    """The same keys as at /.well-known/jwks.json, to be asked for anew each time."""
    return await document.jwks(request, ground, cache_control="no-cache, max-age=0, must-revalidate", first="resource")


router = Router(
    "/oidc",
    route_handlers=[oidc_token, oidc_introspection, oidc_revocation, oidc_configuration, oidc_jwks],
    exception_handlers={Problem: refusals.render},
)
