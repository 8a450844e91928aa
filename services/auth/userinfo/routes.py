"""GET and POST /oauth/userinfo, and the same at /api/v1/oauth/userinfo."""

from typing import Any

from litestar import Request, Response
from litestar.datastructures import State

from chassis import web
from chassis.problems import InvalidRequest, Problem
from chassis.web import Given
from contracts.principal import Refused
from services.auth.accounts import store
from services.auth.ground import Ground
from services.auth.token import form
from services.auth.tokens import verify
from services.auth.userinfo.claims import claims

PATH = "/oauth/userinfo"


class InvalidToken(Problem):
    """RFC 6750 section 3.1; says why in words that give nothing away of the token."""

    status, code = 401, "invalid_token"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"www-authenticate": 'Bearer realm="logi", error="invalid_token"'})


class TokenMissing(Problem):
    """Without any credential the challenge names no error (RFC 6750 section 3)."""

    status, code = 401, "invalid_token"
    default_detail = "An access token is needed."

    def __init__(self) -> None:
        super().__init__(headers={"www-authenticate": 'Bearer realm="logi"'})


class InsufficientScope(Problem):
    status, code = 403, "insufficient_scope"
    default_detail = "The token was not granted the scope openid."

    def __init__(self) -> None:
        challenge = 'Bearer realm="logi", error="insufficient_scope", scope="openid"'
        super().__init__(headers={"www-authenticate": challenge})


@web.get(PATH, credentials=("own",), rate="userinfo", cors=True)
async def userinfo(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """Claims about the person who granted the access token (OpenID Connect Core 5.3)."""
    return await _answer(ground, web.bearer(request))


@web.post(PATH, credentials=("own",), rate="userinfo", cors=True, body_limit=form.BODY_BYTES)
async def userinfo_by_post(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same, where the token may stand in the form (RFC 6750 section 2.2)."""
    return await _answer(ground, await _shown(request))


@web.get(f"/api/v1{PATH}", credentials=("own",), rate="userinfo", cors=True)
async def api_userinfo(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same claims at their second path."""
    return await _answer(ground, web.bearer(request))


@web.post(f"/api/v1{PATH}", credentials=("own",), rate="userinfo", cors=True, body_limit=form.BODY_BYTES)
async def api_userinfo_by_post(request: Request[None, None, State], ground: Given[Ground]) -> Response[dict[str, Any]]:
    """The same claims at their second path."""
    return await _answer(ground, await _shown(request))


async def _shown(request: Request[None, None, State]) -> str | None:
    """The token of the header or of the form, not of both."""
    token, in_form = web.bearer(request), None
    if request.headers.get("content-type", "").startswith(form.FORM):
        in_form = form.read(form.FORM, await request.body()).get("access_token")
    if token is not None and in_form is not None:
        raise InvalidRequest("Send the token once: in the header or in the form.")
    return token or in_form


async def _answer(ground: Ground, token: str | None) -> Response[dict[str, Any]]:
    if token is None:
        raise TokenMissing
    found = await verify.access_token(ground, token)
    if isinstance(found, Refused):
        raise InvalidToken(f"The access token does not count: {found.why.replace('_', ' ')}.")
    if found.user_id is None or "openid" not in found.scopes:
        raise InsufficientScope
    account = await store.by_id(ground.db, found.user_id)
    if account is None or not account.living:
        raise InvalidToken("The access token does not count: user inactive.")
    return Response(claims(account, found.sub, found.scopes), headers={"cache-control": "no-store"})


ROUTES = [userinfo, userinfo_by_post, api_userinfo, api_userinfo_by_post]
