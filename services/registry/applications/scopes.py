"""The scopes an application may register (registry.md 4.1)."""

import re

from chassis.problems import Problem

DEFAULT = ("openid", "profile:basic")
MAX_SCOPES = 50

_STANDARD = frozenset({"openid", "profile:basic", "email", "phone", "address", "offline_access", "identity:level"})
_CUSTOM = re.compile(r"[a-z0-9][a-z0-9_.-]*:[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


class InvalidScope(Problem):
    status, code = 422, "invalid_scope"


def normalise(scopes: list[str] | None) -> tuple[str, ...]:
    """Folds the alias `profile`, drops repeats, keeps the order. Raises InvalidScope."""
    if scopes is None:
        return DEFAULT
    if len(scopes) > MAX_SCOPES:
        most = f"at most {MAX_SCOPES}"
        raise InvalidScope(f"An app has {most} scopes.", fields={"allowed_scopes": [most]})
    folded = ["profile:basic" if scope == "profile" else scope for scope in scopes]
    for scope in folded:
        if len(scope) > 100 or not (scope in _STANDARD or _CUSTOM.fullmatch(scope) or re.fullmatch(r"[a-z_]+", scope)):
            raise InvalidScope(
                f"{scope[:100]!r} is neither a standard scope nor namespace:key.",
                fields={"allowed_scopes": ["not a scope"]},
            )
    return tuple(dict.fromkeys(folded))
