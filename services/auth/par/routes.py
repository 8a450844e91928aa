"""POST /oauth/par."""

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.problems import InvalidRequest, Problem
from chassis.web import Given
from chassis.web.describe import Told
from contracts.applications import Application
from services.auth.authorize import begin, pushed
from services.auth.authorize.parameters import PushedParameters
from services.auth.authorize.refusals import BackToClient
from services.auth.authorize.request import Asked
from services.auth.clients import authenticate, console
from services.auth.clients.parameters import SECURITY
from services.auth.dpop import check
from services.auth.ground import Ground
from services.auth.token import form
from services.auth.token.request import Presented
from services.auth.token.routes import NO_STORE, caller, presented

CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
"""What authenticates the client is no part of its request."""


class PushRefused(Problem):
    """The error that the authorization endpoint would have sent back (RFC 9126 section 2.3)."""

    status, code = 400, "invalid_request"

    def __init__(self, refusal: BackToClient) -> None:
        self.code = refusal.error  # type: ignore[misc] # as the check named it
        super().__init__(refusal.description)


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9126 section 2.2; `expires_in` in seconds."""

    request_uri: str
    expires_in: int


@web.post(
    "/oauth/par",
    credentials=("own",),
    rate="par",
    pool="token",
    status_code=201,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=PushedParameters, answers=(401,)),
)
async def par(request: Request[None, None, State], ground: Given[Ground]) -> Response[Pushed]:
    """Takes the parameters of an authorization request with the client's authentication (RFC 9126).

    The `request_uri` that it answers is good for one authorization request of this client within a minute.
    """
    sent = await request.body()
    asked = form.read(request.headers.get("content-type", ""), sent)
    shown = authenticate.shown(request.headers.get("authorization"), asked.fields)
    app = await authenticate.current(ground.clients, shown)
    async with console.noting(ground, app, "pushed_authorization_request", caller(request)):
        proved = await _proved(ground, presented(request, ground.issuer), asked.get("dpop_jkt"))
        return await _push(ground, app, [*form.pairs(sent), *proved])


async def _proved(ground: Ground, shown: Presented, named: str | None) -> pushed.Pairs:
    """A proof binds the code to its key as `dpop_jkt` does, and beside it has to mean the same (RFC 9449 section 10.1).

    Raises InvalidDpopProof, UseDpopNonce, InvalidRequest.
    """
    jkt = await check.of_client(ground, shown.proofs, shown.url)
    if jkt is not None and named not in {None, jkt}:
        raise InvalidRequest("dpop_jkt is not the key of the DPoP proof.")
    return [] if jkt is None or named is not None else [("dpop_jkt", jkt)]


async def _push(ground: Ground, app: Application, sent: pushed.Pairs) -> Response[Pushed]:
    params = [pair for pair in sent if pair[0] not in CREDENTIALS | {"client_id"}]
    uri = await _keep(ground, app, [*params, ("client_id", app.client_id)])
    return Response(
        Pushed(request_uri=uri, expires_in=int(pushed.LIFETIME.total_seconds())), status_code=201, headers=NO_STORE
    )


async def _keep(ground: Ground, app: Application, params: pushed.Pairs) -> str:
    asked = Asked.of(params, pushed=True)
    if asked.get("request_uri") is not None:
        raise InvalidRequest("request_uri cannot itself be pushed.")
    begin.trust(asked, app)
    try:
        await begin.passed(ground, asked, app)
    except BackToClient as refusal:
        raise PushRefused(refusal) from None
    return await pushed.keep(ground.db, app.client_id, params, ground.clock.now())
