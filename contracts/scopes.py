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
    "account:merge",
)
DEVICE_SCOPES = (
    "login_history:read",
    "login_history:write",
    "passkeys:read",
    "passkeys:manage",
    "profile:read",
    "profile:write",
    "account:merge",
)
"""What the key of a device may do for its person: look after the account, nothing of a developer's."""

ANONYMOUS_DEVICE_SCOPES = ("profile:read", "profile:write")
"""What it may do while nobody knows who the person is."""

ADMIN_PAK_SCOPES = ("admin:read", "admin:review")

_FULL_NAMES = {"profile": "profile:basic"}
"""Names that clients ask by (auth.md 3.4), and the ones that grants are kept under."""

_IMPLIED = {"console:manage": ("apps:manage", "apps:read", "console:read"), "console:read": ("apps:read",)}
_READS = {"manage": "read", "write": "read", "review": "read"}


def full_name(scope: str) -> str:
    """What `profile` is called where scopes are compared; tokens call it as their client does."""
    return _FULL_NAMES.get(scope, scope)


def names_of(scope: str) -> tuple[str, ...]:
    """All that a scope may be called in a token."""
    full = full_name(scope)
    return (full, *(name for name, meant in _FULL_NAMES.items() if meant == full))


def covers(held: Collection[str], needed: str) -> bool:
    """Whether `held` contains `needed` or a stronger scope of the same area: `apps:manage` covers `apps:read`."""
    if needed in held:
        return True
    return any(needed == _weaker(scope) or needed in _IMPLIED.get(scope, ()) for scope in held)


def of_tokens(needed: str) -> str:
    """The weakest scope that an application can ask for and that covers this one."""
    return next((scope for scope in ("console:read", "console:manage") if covers((scope,), needed)), needed)


def _weaker(scope: str) -> str | None:
    area, _, strength = scope.partition(":")
    weaker = _READS.get(strength)
    return f"{area}:{weaker}" if weaker else None
