"""Who is at work, as verbs and the audit log need to know it; read once from the request."""

from typing import Any, Literal

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection

from chassis import web
from contracts.applications import CreatedVia
from contracts.principal import AccessToken, Pak, Session

Kind = Literal["user", "pak", "admin", "system"]

ORGANIZATION_HEADER = "x-logi-organization"
CHANNEL_HEADER = "x-logi-client-type"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person with the circumstances of one request. `user_id` 0 is nobody: in no organisation."""

    kind: Kind
    user_id: int
    role: str = "user"
    identity_verified_level: int = 0
    pak_id: int | None = None
    session: Session | None = None
    """None for whoever has none and so cannot step up."""
    organization: str | None = None
    """The slug chosen by header, or that of the key; the personal organisation where None."""
    channel: CreatedVia = "api"
    client_type_header: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @property
    def admin(self) -> bool:
        return self.role == "admin"


SYSTEM = Caller(kind="system", user_id=0, channel="rake")
"""What the platform does by itself: retention, a deleted account's applications."""


def caller(request: ASGIConnection[Any, Any, Any, Any], organization: str | None = None) -> Caller:
    """Whoever the guard let in; a token that stands for no person (client_credentials) is nobody on this face.

    `organization` is the one that a form was about, before any header.
    """
    found = web.principal(request)
    person = found if isinstance(found, Session | Pak | AccessToken) else None
    session = found if isinstance(found, Session) else None
    named = request.headers.get(CHANNEL_HEADER)
    return Caller(
        kind="pak" if isinstance(found, Pak) else "user",
        user_id=(person.user_id if person else None) or 0,
        role=(person.role if person else None) or "user",
        identity_verified_level=person.identity_verified_level if person else 0,
        pak_id=found.pak_id if isinstance(found, Pak) else None,
        session=session,
        organization=organization
        or request.headers.get(ORGANIZATION_HEADER)
        or (found.organization if isinstance(found, Pak) else None),
        channel="web" if session else _channel(named),
        client_type_header=named[:100] if named else None,
        ip=request.client.host if request.client else None,
        user_agent=(request.headers.get("user-agent") or "")[:300] or None,
        request_id=web.request_id(request),
    )


def administrator(request: Request[Any, Any, Any]) -> Caller:
    """The same as an administrator's act; whether they are one is for the verb to ask."""
    return msgspec.structs.replace(caller(request), kind="admin")


def _channel(named: str | None) -> CreatedVia:
    """A caller may name itself cli or mcp, nothing else (registry.md 4); the name itself is kept in the audit log."""
    lowered = (named or "").strip().lower()
    return "cli" if lowered == "cli" else "mcp" if lowered == "mcp" else "api"
