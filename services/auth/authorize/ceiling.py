"""What a person can give at most, whatever an application asks for (auth.md 3.4)."""

from collections.abc import Sequence
from typing import Protocol

from chassis.problems import Problem
from contracts.principal import Role
from services.auth.ground import Ground

DEVELOPERS = frozenset({"console:manage"})
"""Scopes that need the role developer."""

OVER_APPS = "console:"
"""Scopes over all that a person has registered. An app that nobody has reviewed gets them from its own people only."""


class Person(Protocol):
    """Whoever is asked."""

    @property
    def user_id(self) -> int: ...
    @property
    def role(self) -> Role: ...


async def given(ground: Ground, client_id: str, scopes: Sequence[str], person: Person) -> tuple[str, ...]:
    """The scopes that this person can give this app now. Raises NoInstance, DeadlinePassed."""
    found = within(scopes, person.role)
    if not any(scope.startswith(OVER_APPS) for scope in found) or await _trusted(ground, client_id, person):
        return found
    return tuple(scope for scope in found if not scope.startswith(OVER_APPS))


def beyond_doubt(scopes: Sequence[str], role: Role) -> tuple[str, ...]:
    """What this person can give whatever registry would say, within a transaction that cannot wait for it."""
    return tuple(scope for scope in within(scopes, role) if not scope.startswith(OVER_APPS))


def within(scopes: Sequence[str], role: Role) -> tuple[str, ...]:
    """What the role alone allows."""
    return tuple(scope for scope in scopes if role != "user" or scope not in DEVELOPERS)


async def _trusted(ground: Ground, client_id: str, person: Person) -> bool:
    """Promoted, the operator's own, or of an organisation of this person, which is registry's to know."""
    app = await ground.clients.fresh(client_id)
    if app is None or app.first_party or app.status == "approved":
        return app is not None
    if app.organization is None:
        return False
    try:
        await ground.seen_by(app.id, person.user_id)
    except Problem as refusal:
        if refusal.status not in (403, 404):
            raise
        return False
    return True
