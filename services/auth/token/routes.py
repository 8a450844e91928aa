"""POST /oauth/token."""

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given
from services.auth.ground import Ground
from services.auth.token import exchange, form
from services.auth.token.log import Caller
from services.auth.token.request import DEVICE_CODE, Dialect, Issued

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}

GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials", DEVICE_CODE})


class Tokens(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 6749 section 5.1; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None


@web.post("/oauth/token", credentials=("own",), rate="token", pool="token", cors=True, body_limit=form.BODY_BYTES)
async def token(request: Request[None, None, State], ground: Given[Ground]) -> Response[Tokens]:
    """Exchanges a code, a refresh token or a client's own credentials for tokens (RFC 6749 section 3.2).

    Takes `application/x-www-form-urlencoded` only. Clients authenticate by HTTP Basic, by `client_id` and
    `client_secret` in the form, or, if public, by `client_id` alone.
    """
    dialect = Dialect(issuer=ground.issuer, grants=GRANTS, all_scopes_by_default=True)
    asked = form.read(request.headers.get("content-type", ""), await request.body())
    issued = await exchange.exchange(ground, dialect, asked, request.headers.get("authorization"), caller(request))
    return reply(issued)


def caller(request: Request[None, None, State]) -> Caller:
    """Where the request came from, as the gateway saw it."""
    agent = request.headers.get("user-agent", "")[:400].replace("\x00", "")
    return Caller(
        ip=request.client.host if request.client else "", user_agent=agent, request_id=web.request_id(request)
    )


def reply(issued: Issued) -> Response[Tokens]:
    tokens = Tokens(token_type="Bearer", **msgspec.structs.asdict(issued))
    return Response(tokens, headers=NO_STORE)
