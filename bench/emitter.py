"""Stands in for auth in the delivery benchmark: announces `user.unlinked` at a steady rate, whatever comes back.

Each event goes to one application, one after the other; its due time is kept, so a stall shows as latency.
"""

import asyncio
import time
from array import array
from datetime import UTC, datetime
from pathlib import Path

from chassis import life
from chassis.events import announce
from chassis.life import House
from chassis.service import Service, ServiceSettings, furnish
from contracts.events.auth import UserUnlinked
from contracts.ids import ClientId, EventId

NAME = "auth"
MIGRATIONS = Path(__file__).parent / "migrations" / "announcer"


class Settings(ServiceSettings, frozen=True, kw_only=True):
    rate: int
    """Events per second."""
    count: int
    apps: int
    first: int
    """Number of the first event, so that phases do not repeat ids."""
    results: str
    """The file for the times of commits, nanoseconds of the monotonic clock, by number."""


def event_id(number: int) -> EventId:
    """Ids that tell their number: decimal digits are Crockford's too."""
    return EventId(f"evt_{number:026d}")


def client_id(number: int) -> ClientId:
    return ClientId(f"logi_{number:032x}")


class Emitter:
    """Makes the changes, and keeps when each commit was sent off."""

    def __init__(self, service: Service[Settings]) -> None:
        self._service, self._config = service, service.house.settings
        self._times = array("q", [0] * self._config.count)
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await asyncio.sleep(2)
        began = time.monotonic()
        for number in range(self._config.count):
            if (ahead := began + number / self._config.rate - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            task = asyncio.create_task(self._change(number))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        await asyncio.gather(*self._open)
        await asyncio.to_thread(self._tell)

    def _tell(self) -> None:
        """The file has its name when it is whole."""
        results = Path(self._config.results)
        results.with_suffix(".new").write_bytes(self._times.tobytes())
        results.with_suffix(".new").rename(results)

    async def _change(self, number: int) -> None:
        now, place = datetime.now(UTC), self._config.first + number
        event = UserUnlinked(
            event_id=event_id(place),
            occurred_at=now,
            client_ids=(client_id(place % self._config.apps),),
            sub="42",
            canonical_sub="42",
            unlinked_at=now,
        )
        async with self._service.db.transaction() as tx:
            await announce(tx, event)
            # Before the commit and not after it: what it takes to reach the disk counts.
            self._times[number] = time.monotonic_ns()


async def build(house: House[Settings]) -> None:
    service = await furnish(house, MIGRATIONS)
    await service.produce()
    house.task("changes", Emitter(service).run)


if __name__ == "__main__":
    life.main(NAME, Settings, build)
