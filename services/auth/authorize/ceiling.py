"""What a person can give at most, whatever an application asks for (auth.md 3.4)."""

from collections.abc import Sequence

from contracts.principal import Role

DEVELOPERS = frozenset({"console:manage"})
"""Scopes that need the role developer."""


def within(scopes: Sequence[str], role: Role) -> tuple[str, ...]:
    """The scopes that somebody of this role can give."""
    return tuple(scope for scope in scopes if role != "user" or scope not in DEVELOPERS)
