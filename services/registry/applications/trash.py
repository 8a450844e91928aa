"""Deleting an application, bringing it back within thirty days, and removing it for good (registry.md 6.2)."""

import asyncio
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from chassis.events import announce
from chassis.postgres import UNAVAILABLE, Tx
from chassis.problems import NotFound
from contracts import ids
from contracts.applications import Application
from contracts.events.registry import ApplicationDeleted, ApplicationPurged, ApplicationRestored
from services.registry import audit
from services.registry.applications import lifecycle, store
from services.registry.applications.change import KEEPERS, OWNERS, Act, Changed, Who, change, found, subject, within
from services.registry.applications.lifecycle import Happening
from services.registry.applications.patch import MAX_NAME
from services.registry.applications.refusals import NameDiffers, NotDeleted, PreconditionFailed, RestoreWindowExpired
from services.registry.applications.store import Stored
from services.registry.callers import SYSTEM, Caller
from services.registry.ground import Ground
from services.registry.promotion import rereview

logger = structlog.get_logger()

KEPT: Final = timedelta(days=30)
PURGE_EVERY: Final = timedelta(hours=1)
_AT_ONCE: Final = 200
_RESTORED: Final = " (restored)"


async def delete(ground: Ground, who: Who) -> Changed:
    """Its client_id is refused and its tokens are revoked when this returns."""
    now = ground.clock.now()

    def deleted(stored: Stored) -> Stored:
        app = stored.application
        lifecycle.after(app, Happening.DELETED)
        return msgspec.structs.replace(stored, application=msgspec.structs.replace(app, deleted_at=now))

    act = Act(kind=ApplicationDeleted, action="application.deleted", roles=KEEPERS)
    return await change(ground, who, act, deleted, rereview.cancelling(ground, who.caller))


async def restore(ground: Ground, who: Who) -> Changed:
    """Brings back the record and its status; a confidential app has no secret until it rotates.

    Raises NotDeleted, RestoreWindowExpired.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        current = await store.of_person(tx, who.application_id, who.caller.user_id)
        if current is None:
            raise NotFound
        if current[0].application.deleted_at is None:
            raise NotDeleted
        if current[0].application.deleted_at + KEPT < now:
            raise RestoreWindowExpired
        name = await _free_name(tx, current[0])

        def restored(stored: Stored) -> Stored:
            app = stored.application
            status = lifecycle.after(app, Happening.RESTORED)
            app = msgspec.structs.replace(app, status=status, deleted_at=None, secret_sha256=None, name=name)
            # Whoever did not hear of the deletion sees by this that there was one.
            app = msgspec.structs.replace(app, generation=app.generation + 1)
            return msgspec.structs.replace(stored, application=app)

        act = Act(kind=ApplicationRestored, action="application.restored", roles=KEEPERS, trashed=True)
        stored = await within(ground, tx, who, act, restored)
    return Changed(stored=stored, spread=await ground.effects.spread(stored.application))


async def purge(ground: Ground, who: Who, name: str) -> None:
    """Removes a trashed application for good. Raises NameDiffers, NotFound for one that is not in the trash."""
    act = Act(kind=ApplicationPurged, action="application.purged", roles=OWNERS, trashed=True)
    async with ground.db.transaction() as tx:
        stored = await found(tx, who, act)
        if who.version is not None and who.version != stored.application.version:
            raise PreconditionFailed
        if stored.application.name != name:
            raise NameDiffers
        await _gone(ground, tx, stored, who.caller)


async def expire(ground: Ground) -> int:
    """Purges what has been in the trash for longer than it can be restored; returns how many."""
    numbers = await store.expired(ground.db, ground.clock.now() - KEPT, _AT_ONCE)
    for number in numbers:
        async with ground.db.transaction() as tx:
            stored = await store.lock(tx, number)
            if stored is not None and stored.application.deleted_at is not None:
                await _gone(ground, tx, stored, SYSTEM)
    return len(numbers)


async def run(ground: Ground) -> None:
    """Once an hour, by every process: a row that another one purges is skipped."""
    while True:
        try:
            while await expire(ground) == _AT_ONCE:
                pass
        except UNAVAILABLE as error:
            logger.warning("trash.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(PURGE_EVERY.total_seconds())


async def _gone(ground: Ground, tx: Tx, stored: Stored, caller: Caller) -> None:
    now = ground.clock.now()
    lifecycle.after(stored.application, Happening.PURGED)
    await store.purge(tx, stored, now)
    last: Application = msgspec.structs.replace(
        stored.application, version=stored.application.version + 1, updated_at=now, secret_sha256=None
    )
    await announce(tx, ApplicationPurged(event_id=ids.new_event_id(now), occurred_at=now, application=last))
    name = {"name": {"before": last.name, "after": None}}
    await audit.record(tx, caller, "application.purged", subject(stored), name, at=now)


async def _free_name(tx: Tx, stored: Stored) -> str:
    """The name, or where another app has taken it since, the name with a mark."""
    name = stored.application.name
    for count in range(1, 100):
        if stored.organization_id is None or await store.by_name(tx, stored.organization_id, name) is None:
            return name
        mark = _RESTORED if count == 1 else f" (restored {count})"
        name = stored.application.name[: MAX_NAME - len(mark)] + mark
    return name
