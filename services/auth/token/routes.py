"""POST /oauth/token."""

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.web import Given, raw
from chassis.web.describe import Told
from services.auth.clients import authenticate
from services.auth.clients.parameters import SECURITY
from services.auth.dpop import nonce
from services.auth.ground import Ground
from services.auth.token import exchange, form
from services.auth.token.log import Caller
from services.auth.token.parameters import TokenParameters
from services.auth.token.request import DEVICE_CODE, TOKEN_EXCHANGE, Dialect, Issued, Presented

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}

GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials", DEVICE_CODE, TOKEN_EXCHANGE})


@web.post(
    "/oauth/token",
    credentials=("own",),
    rate="token",
    pool="token",
    cors=True,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=TokenParameters, answers=(401,)),
)
async def token(request: Request[None, None, State], ground: Given[Ground]) -> Response[Issued]:
    """Exchanges a code, a refresh token or a client's own credentials for tokens (RFC 6749 section 3.2).

    Takes `application/x-www-form-urlencoded` only. Clients authenticate by HTTP Basic, by `client_id` and
    `client_secret` in the form, by `client_assertion`, or, if public, by `client_id` alone. A `DPoP` header binds the
    tokens to its key (RFC 9449).
    """
    dialect = Dialect(issuer=ground.issuer, grants=GRANTS, all_scopes_by_default=True)
    asked = form.read(raw.header(request, b"content-type") or "", await raw.body(request))
    issued = await exchange.exchange(ground, dialect, asked, presented(request, ground.issuer), caller(request))
    answer = reply(ground, issued)
    if drifts := await ground.drifts.read(ground.db, ground.clock):
        client_id = authenticate.shown(raw.header(request, b"authorization"), asked.fields).client_id
        if client_id in drifts:
            answer.headers["x-logi-scope-drift"] = drifts[client_id]
    return answer


def presented(request: Request[None, None, State], issuer: str) -> Presented:
    """What the client shows beside the form; the address is the issuer's, so that no Host header has a say in it."""
    return Presented(
        authorization=raw.header(request, b"authorization"),
        proofs=tuple([value.decode("latin-1") for name, value in request.scope["headers"] if name == b"dpop"]),
        url=f"{issuer}{request.scope['path']}",
    )


def caller(request: Request[None, None, State]) -> Caller:
    """Where the request came from, as the gateway saw it."""
    agent = (raw.header(request, b"user-agent") or "")[:400].replace("\x00", "")
    return Caller(
        ip=request.client.host if request.client else "", user_agent=agent, request_id=web.request_id(request)
    )


def reply(ground: Ground, issued: Issued) -> Response[Issued]:
    """With the nonce of the next proof, where there was one (RFC 9449 section 8.2)."""
    fresh = {"dpop-nonce": nonce.new(ground.vault, ground.clock.now())} if issued.token_type == "DPoP" else {}
    return web.Answer(issued, headers={**NO_STORE, **fresh})
