"""One line of the audit log."""

from datetime import datetime
from typing import Any

import msgspec

from services.registry.callers import Kind

SECRET = frozenset({"secret_sha256", "token_sha256"})
"""Members whose change is told, and whose content never is."""

REDACTED = "[redacted]"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What the hash covers; without the members that only its place in the chain gives it."""

    occurred_at: datetime
    actor_type: Kind
    actor_id: int | None
    pak_id: int | None = None
    organization_id: int | None = None
    action: str
    target_type: str
    target_id: str | None = None
    created_via: str | None = None
    client_type_header: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    risk_flags: tuple[str, ...] = ()
    changes: dict[str, Any] = {}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What an act was done to."""

    kind: str
    id: str | None = None
    organization_id: int | None = None
    created_via: str | None = None
    risk_flags: tuple[str, ...] = ()


def difference(before: Any, after: Any) -> dict[str, Any]:
    """`{"name": {"before": …, "after": …}}` of two Structs of one class; secrets are named, never shown."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {
        name: {"before": REDACTED, "after": REDACTED} if name in SECRET else {"before": old[name], "after": value}
        for name, value in new.items()
        if old[name] != value and name not in {"version", "updated_at"}
    }
