"""GET and POST /oauth/userinfo, and the same at /api/v1/oauth/userinfo."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.problems import InvalidRequest, Problem
from chassis.web import Given
from chassis.web.describe import Told
from contracts.principal import Refused
from services.auth.accounts import store
from services.auth.dpop import check
from services.auth.ground import Ground
from services.auth.profile import particulars
from services.auth.token import form
from services.auth.token.parameters import UserinfoForm
from services.auth.tokens import foreign, subjects, verify
from services.auth.userinfo.claims import claims

PATH = "/oauth/userinfo"

SECURITY: list[dict[str, list[str]]] = [{"access_token": ["openid"]}]


class InvalidToken(Problem):
    """RFC 6750 section 3.1; says why in words that give nothing away of the token."""

    status, code = 401, "invalid_token"

    def __init__(self, detail: str, via: str = "bearer") -> None:
        scheme = "DPoP" if via == "dpop" else "Bearer"
        super().__init__(detail, headers={"www-authenticate": f'{scheme} realm="logi", error="invalid_token"'})


class TokenMissing(Problem):
    """Without any credential the challenge names no error (RFC 6750 section 3)."""

    status, code = 401, "invalid_token"
    default_detail = "An access token is needed."

    def __init__(self) -> None:
        super().__init__(headers={"www-authenticate": 'Bearer realm="logi"'})


class ProofRefused(Problem):
    """RFC 9449 section 7.1: at a resource a bad proof is a 401."""

    status, code = 401, "invalid_dpop_proof"

    def __init__(self, detail: str) -> None:
        algorithms = " ".join(foreign.ALGORITHMS)
        challenge = f'DPoP realm="logi", error="invalid_dpop_proof", algs="{algorithms}"'
        super().__init__(detail, headers={"www-authenticate": challenge})


class InsufficientScope(Problem):
    status, code = 403, "insufficient_scope"
    default_detail = "The token was not granted the scope openid."

    def __init__(self) -> None:
        challenge = 'Bearer realm="logi", error="insufficient_scope", scope="openid"'
        super().__init__(headers={"www-authenticate": challenge})


@web.get(
    PATH,
    credentials=("own",),
    rate="userinfo",
    cors=True,
    security=SECURITY,
    told=Told(answers=(401, 403)),
)
async def userinfo(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """Claims about the person who granted the access token (OpenID Connect Core 5.3)."""
    return await _answer(ground, request, web.bearer(request))


@web.post(
    PATH,
    credentials=("own",),
    rate="userinfo",
    cors=True,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=UserinfoForm, answers=(401, 403)),
)
async def userinfo_by_post(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same, where the token may stand in the form (RFC 6750 section 2.2)."""
    return await _answer(ground, request, await _shown(request))


@web.get(
    f"/api/v1{PATH}",
    credentials=("own",),
    rate="userinfo",
    cors=True,
    security=SECURITY,
    told=Told(answers=(401, 403)),
)
async def api_userinfo(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same claims at their second path."""
    return await _answer(ground, request, web.bearer(request))


@web.post(
    f"/api/v1{PATH}",
    credentials=("own",),
    rate="userinfo",
    cors=True,
    body_limit=form.BODY_BYTES,
    security=SECURITY,
    told=Told(form=UserinfoForm, answers=(401, 403)),
)
async def api_userinfo_by_post(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same claims at their second path."""
    return await _answer(ground, request, await _shown(request))


async def _shown(request: Request[None, None, State]) -> str | None:
    """The token of the header or of the form, not of both."""
    token, in_form = web.bearer(request), None
    if request.headers.get("content-type", "").startswith(form.FORM):
        in_form = form.read(form.FORM, await request.body()).get("access_token")
    if token is not None and in_form is not None:
        raise InvalidRequest("Send the token once: in the header or in the form.")
    return token or in_form


async def _answer(ground: Ground, request: Request[None, None, State], token: str | None) -> Response[dict[str, Any]]:
    bound = bound_token(request)
    if token is None and bound is None:
        raise TokenMissing
    if bound is None:
        found = await verify.access_token(ground, token or "")
    else:
        found = await verify.access_token(ground, bound, await _proved(ground, request, bound))
    if isinstance(found, Refused):
        raise InvalidToken(f"The access token does not count: {found.why.replace('_', ' ')}.", found.via)
    # A scope of an API resource may have any name, so that only a token for the client itself counts.
    if found.user_id is None or found.audience != found.client_id or "openid" not in found.scopes:
        raise InsufficientScope
    account = await store.by_id(ground.db, found.user_id)
    if account is None or not account.living:
        raise InvalidToken("The access token does not count: user inactive.")
    told = claims(
        account,
        found.sub,
        found.scopes,
        await subjects.of(ground.db, account.id),
        ground.settings.synthetic_mail_domain,
    )
    told |= await particulars.told(ground.db, account.id, found.scopes)
    return Response(told, headers={"cache-control": "no-store"})


def bound_token(request: Request[None, None, State]) -> str | None:
    """The token of an `Authorization: DPoP …` header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "dpop" else None


async def _proved(ground: Ground, request: Request[None, None, State], token: str) -> str:
    proofs = request.headers.getall("dpop", [])
    if len(proofs) != 1:
        raise ProofRefused("Exactly one DPoP header is needed.")
    try:
        url = f"{ground.issuer}{request.scope['path']}"
        return await check.beside_token(ground, proofs[0], request.method, url, token)
    except check.InvalidDpopProof as refusal:
        raise ProofRefused(refusal.detail) from None


ROUTES = [userinfo, userinfo_by_post, api_userinfo, api_userinfo_by_post]
