"""How often attempts may be made; kept in Postgres, because a slot must hold whatever else is away (verifier.md A4)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database, Tx
from services.verifier.limits import store
from services.verifier.limits.refusals import AttemptTooSoon


class Limit(msgspec.Struct, frozen=True):
    """`quota` attempts per `window` for whatever `key` names."""

    key: str
    quota: int
    window: timedelta

    @property
    def step(self) -> timedelta:
        return self.window / self.quota


def of_uri(application_id: int, uri: str) -> Limit:
    """The slot: one attempt per minute; a URI may be long, so its digest stands in the key."""
    digest = hashlib.sha256(uri.encode()).hexdigest()
    return Limit(f"uri:{application_id}:{digest}", 1, timedelta(seconds=60))


def of_application(application_id: int) -> Limit:
    return Limit(f"app:{application_id}", 30, timedelta(hours=1))


def of_host(host: str) -> Limit:
    """Over all applications, so that many of them cannot be pointed at one victim."""
    return Limit(f"host:{host}", 10, timedelta(hours=1))


def of_health(application_id: int) -> Limit:
    """Checks that somebody asks for."""
    return Limit(f"health:{application_id}", 1, timedelta(seconds=60))


async def take(db: Database, limits: Sequence[Limit], now: datetime) -> None:
    """One attempt of each, or of none. Raises AttemptTooSoon; a database that is away raises as it does."""
    async with db.transaction() as tx:
        await within(tx, limits, now)


async def within(tx: Tx, limits: Sequence[Limit], now: datetime) -> None:
    """The same in a transaction of the caller's, whose end decides whether anything was taken."""
    for limit in limits:
        burst = limit.window - limit.step
        if not await store.take(tx, limit.key, limit.step, burst, now):
            free = await store.free_at(tx, [limit.key])
            wait = free[limit.key] - burst - now
            raise AttemptTooSoon(headers={"retry-after": str(max(1, -(-wait // timedelta(seconds=1))))})
