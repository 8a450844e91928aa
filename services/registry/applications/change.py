"""Changing an application: one pattern for every verb. Lock, check, save at the next version, announce, spread."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import NotFound
from contracts import ids
from contracts.applications import Application
from contracts.events.registry import ApplicationEvent
from services.registry import audit
from services.registry.applications import store
from services.registry.applications.effects import Spread
from services.registry.applications.refusals import ForbiddenRole, NameTaken, PreconditionFailed
from services.registry.applications.store import Stored
from services.registry.audit.entry import Subject
from services.registry.callers import Caller
from services.registry.ground import Ground

EDITORS = frozenset({"owner", "admin", "developer"})
KEEPERS = frozenset({"owner", "admin"})
"""Who may rotate, delete and restore."""
OWNERS = frozenset({"owner"})


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    stored: Stored
    spread: Spread
    secret: str | None = None


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf and, with `version`, of which state of the record (If-Match)."""

    caller: Caller
    application_id: int
    version: int | None = None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb does: how it is announced and audited, who may, and on which records."""

    kind: type[ApplicationEvent]
    action: str
    roles: frozenset[str] = EDITORS
    trashed: bool = False
    """Whether it is done to records in the trash; to all others otherwise."""
    as_admin: bool = False
    """A platform administrator does it to anybody's app."""
    saves_webhook: bool = False
    """Whether the webhook's URL is in it, be it the same: pushes that were disabled begin anew (delivery.md 5.5)."""
    details: dict[str, Any] = {}


Also = Callable[[Tx, Stored, Stored], Awaitable[None]]
"""What else must happen in the transaction, told the record before and after."""


async def change(
    ground: Ground, who: Who, act: Act, alter: Callable[[Stored], Stored], also: Also | None = None
) -> Changed:
    """Runs `alter` under the record's lock, in a transaction with its event and its audit entry.

    Raises NotFound, ForbiddenRole, PreconditionFailed, and what `alter` raises; nothing is kept then.
    """
    async with ground.db.transaction() as tx:
        altered = await within(ground, tx, who, act, alter, also)
    spread = await ground.effects.spread(altered.application, webhook_saved=act.saves_webhook)
    return Changed(stored=altered, spread=spread)


async def within(
    ground: Ground, tx: Tx, who: Who, act: Act, alter: Callable[[Stored], Stored], also: Also | None = None
) -> Stored:
    """The same in a transaction that the caller has begun; `Effects.spread` is the caller's to ask for afterwards."""
    stored = await found(tx, who, act)
    if who.version is not None and who.version != stored.application.version:
        raise PreconditionFailed
    altered = alter(stored)
    if altered == stored:
        return stored
    now = ground.clock.now()
    app = msgspec.structs.replace(altered.application, version=stored.application.version + 1, updated_at=now)
    altered = msgspec.structs.replace(altered, application=app)
    try:
        await store.save(tx, altered)
    except asyncpg.UniqueViolationError as error:
        raise NameTaken("Another app of this organisation has this name.") from error
    await announce(tx, act.kind(event_id=ids.new_event_id(now), occurred_at=now, application=app))
    if also is not None:
        await also(tx, stored, altered)
    changes = {**audit.difference(stored.application, app), **act.details}
    await audit.record(tx, who.caller, act.action, subject(altered), changes, at=now)
    return altered


async def found(tx: Tx, who: Who, act: Act) -> Stored:
    """The record under its lock, if this person may do this to it. Raises NotFound, ForbiddenRole."""
    locked = await store.lock(tx, who.application_id)
    if locked is None:
        raise NotFound
    if act.as_admin:
        role = "owner"
    else:
        seen = await store.of_person(tx, who.application_id, who.caller.user_id)
        if seen is None:
            raise NotFound
        locked, role = seen
    if (locked.application.deleted_at is not None) != act.trashed:
        raise NotFound
    permit(locked, role, who.caller.user_id, act.roles)
    return locked


def permit(stored: Stored, role: str, user_id: int, roles: frozenset[str]) -> None:
    """A developer edits what they registered; owners and admins edit all (registry.md 11)."""
    if role not in roles or (role == "developer" and stored.registered_by != user_id):
        raise ForbiddenRole


def subject(stored: Stored) -> Subject:
    app = stored.application
    return Subject(
        kind="application",
        id=str(app.id),
        organization_id=stored.organization_id,
        created_via=app.created_via,
        risk_flags=tuple(flag.code for flag in stored.risk.flags),
    )


def on_record(alter: Callable[[Application], Application]) -> Callable[[Stored], Stored]:
    """For verbs that look at nothing but the announced record."""
    return lambda stored: msgspec.structs.replace(stored, application=alter(stored.application))
