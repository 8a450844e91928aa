"""Who is calling, as the gateway found out; within a service this is trusted and nothing else is."""

import secrets
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection

from chassis.problems import Unauthorized
from contracts import principal as principals
from contracts.principal import Anonymous, Pak, Principal, Session

ANONYMOUS = Anonymous()


def principal(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """The frame's principal, decoded once per request; Anonymous where the app is served without a gateway."""
    state = connection.scope.setdefault("state", {})
    found: Principal | None = state.get("decoded_principal")
    if found is None:
        raw = state.get("principal")
        found = principals.decode(raw) if raw else ANONYMOUS
        state["decoded_principal"] = found
    return found


def person(request: Request[Any, Any, Any]) -> Session | Pak:
    """The signed-in person; only for routes whose guard lets nobody else in."""
    found = principal(request)
    if not isinstance(found, Session | Pak):
        raise TypeError("this route's guard admits callers who are no person")
    return found


def session(request: Request[Any, Any, Any]) -> Session:
    """The person's browser session. Raises Unauthorized, which a page turns into a sign-in."""
    found = principal(request)
    if not isinstance(found, Session):
        raise Unauthorized
    return found


def bearer(request: Request[Any, Any, Any]) -> str | None:
    """The credential of an `Authorization: Bearer …` header (RFC 6750 section 2.1), for `own` routes."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def request_id(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    return str(request.scope.setdefault("state", {}).setdefault("request_id", secrets.token_hex(8)))
