"""Admits a caller by what the route declares: kind of credential, scopes, and a CSRF token beside a cookie."""

import hmac
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from chassis.problems import Problem, Unauthorized
from chassis.web.caller import principal
from contracts.principal import AccessToken, Anonymous, Client, Pak, Principal, Refused, Session
from contracts.scopes import covers, of_tokens

CSRF_HEADER = "x-logi-csrf-token"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_KINDS: dict[type, str] = {Session: "session", Pak: "pak", AccessToken: "access_token", Client: "client"}
_CHALLENGE = {"www-authenticate": 'Bearer realm="logi"'}
_TOKEN_CHALLENGE = {"www-authenticate": 'Bearer realm="logi", error="invalid_token"'}
"""RFC 6750 section 3.1."""
_DPOP_CHALLENGE = {"www-authenticate": 'DPoP realm="logi", error="invalid_token", algs="ES256 RS256 EdDSA"'}
"""RFC 9449 section 7.1."""
_BASIC_CHALLENGE = {"www-authenticate": 'Basic realm="logi"'}
_KNOWN_CLIENTS = frozenset({"client_inactive", "client_public"})
"""Why an application that is who it says it is may not come in all the same."""


class InsufficientScope(Problem):
    status, code = 403, "insufficient_scope"
    default_detail = "The credential does not carry the scope that this needs."


class CsrfTokenMissing(Problem):
    status, code = 403, "csrf_token_missing"
    default_detail = "A request with a session cookie needs that session's CSRF token."


class InvalidClient(Problem):
    status, code = 401, "invalid_client"
    default_detail = "The client's credentials are missing or wrong."


class UnauthorizedClient(Problem):
    status, code = 403, "unauthorized_client"
    default_detail = "Only confidential clients in good standing may do this."


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises the refusal that the caller's credential deserves; returns when it may pass.

    It awaits nothing: Litestar would run a plain function in a thread, which costs a tenth of a request.
    """
    declared = handler.opt["route"]
    caller = principal(connection)
    if _KINDS.get(type(caller)) not in declared.credentials:
        raise _refusal(caller, declared.credentials)
    if isinstance(caller, Session):
        if declared.face != "page" and connection.scope.get("method") not in _SAFE:
            check_csrf(caller, connection.headers.get(CSRF_HEADER, ""))
        return
    if declared.scopes and not isinstance(caller, Client):
        missing = [scope for scope in declared.scopes if not covers(getattr(caller, "scopes", ()), scope)]
        if missing:
            raise InsufficientScope(required_scope=" ".join(missing), headers=_scope_challenge(caller, missing))


def _scope_challenge(caller: Principal, missing: list[str]) -> dict[str, str]:
    """From this the client of a token knows what to ask its person for (RFC 6750 section 3.1)."""
    scopes = dict.fromkeys(of_tokens(scope) if isinstance(caller, AccessToken) else scope for scope in missing)
    return {"www-authenticate": f'Bearer realm="logi", error="insufficient_scope", scope="{" ".join(scopes)}"'}


class HasCsrfToken(Protocol):
    """Whoever has a session, as a service calls them."""

    @property
    def csrf_token(self) -> str: ...


def check_csrf(caller: HasCsrfToken, shown: str) -> None:
    """Pages call this with their form field, the guard with the header."""
    if not hmac.compare_digest(caller.csrf_token.encode(), shown.encode()):
        raise CsrfTokenMissing


def _refusal(caller: Principal, credentials: tuple[str, ...]) -> Problem:
    if "client" in credentials and isinstance(caller, Refused) and caller.why in _KNOWN_CLIENTS:
        return UnauthorizedClient()
    if credentials == ("client",):
        return InvalidClient(headers=_BASIC_CHALLENGE)
    if isinstance(caller, Refused):
        challenge = {"dpop": _DPOP_CHALLENGE, "bearer": _TOKEN_CHALLENGE}.get(caller.via, _CHALLENGE)
        return Unauthorized(f"The credential does not count: {caller.why.replace('_', ' ')}.", headers=challenge)
    if isinstance(caller, Anonymous):
        return Unauthorized(headers=_CHALLENGE)
    return Unauthorized("This kind of credential is not accepted here.", headers=_CHALLENGE)
