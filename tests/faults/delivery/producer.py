"""Stands in for auth: announces `user.unlinked` at a steady rate and keeps a journal; goes on where it was killed."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bench.emitter import client_id, event_id
from chassis import events, life
from chassis.life import House
from chassis.postgres import UNAVAILABLE
from chassis.service import Service, ServiceSettings, furnish
from contracts.events.auth import UserUnlinked
from tests.faults.delivery import journal
from tests.faults.delivery.journal import Journal

MIGRATIONS = Path(__file__).parents[3] / "bench" / "migrations" / "announcer"


class Settings(ServiceSettings, frozen=True, kw_only=True):
    rate: int
    first: int
    last: int
    apps: int
    journal: str


class Producer:
    """One change for each number, each in a transaction of its own."""

    def __init__(self, service: Service[Settings]) -> None:
        self._service, self._told = service, service.house.settings
        self._journal = Journal(Path(self._told.journal))

    async def run(self) -> None:
        begun = max(journal.read(Path(self._told.journal))["intended"], default=self._told.first - 1)
        began = time.monotonic()
        async with asyncio.TaskGroup() as changes:
            for turn, number in enumerate(range(begun + 1, self._told.last + 1)):
                await asyncio.sleep(max(0.0, began + turn / self._told.rate - time.monotonic()))
                self._journal.intends(number)
                changes.create_task(self._change(number))
        self._journal.ended()

    async def _change(self, number: int) -> None:
        """A change that fails is not acknowledged, as a request that ends with 503."""
        now = datetime.now(UTC)
        event = UserUnlinked(
            event_id=event_id(number),
            occurred_at=now,
            client_ids=(client_id(number % self._told.apps),),
            sub="42",
            canonical_sub="42",
            unlinked_at=now,
        )
        try:
            async with self._service.db.transaction() as tx:
                await events.announce(tx, event)
        except (asyncpg.PostgresError, *UNAVAILABLE):
            return
        self._journal.acknowledged(number)


async def build(house: House[Settings]) -> None:
    service = await furnish(house, MIGRATIONS)
    await service.produce()
    house.task("changes", Producer(service).run)


if __name__ == "__main__":
    life.main("auth", Settings, build)
