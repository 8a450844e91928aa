"""Scopes of personal API keys and of the management API, and what implies what."""

from collections.abc import Collection

PAK_SCOPES = (
    "apps:read",
    "apps:manage",
    "login_history:read",
    "login_history:write",
    "passkeys:read",
    "passkeys:manage",
    "profile:read",
    "profile:write",
    "team:read",
    "team:manage",
    "keys:manage",
)
ADMIN_PAK_SCOPES = ("admin:read", "admin:review")

_IMPLIED = {"console:manage": ("apps:manage", "apps:read", "console:read"), "console:read": ("apps:read",)}
_READS = {"manage": "read", "write": "read", "review": "read"}


def covers(held: Collection[str], needed: str) -> bool:
    """Whether `held` contains `needed` or a stronger scope of the same area: `apps:manage` covers `apps:read`."""
    if needed in held:
        return True
    return any(needed == _weaker(scope) or needed in _IMPLIED.get(scope, ()) for scope in held)


def _weaker(scope: str) -> str | None:
    area, _, strength = scope.partition(":")
    weaker = _READS.get(strength)
    return f"{area}:{weaker}" if weaker else None
