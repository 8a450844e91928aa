"""The producing side of the events benchmark: changes a row and announces it, at a steady rate, whatever comes back.

A change is due at its time even where the one before has not ended (an open loop), so that a stall shows as latency
of all that it held up.
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
from contracts.events import Event
from contracts.ids import EventId

NAME = "announcer"
MIGRATIONS = Path(__file__).parent / "migrations" / "announcer"


class ThingChanged(Event, frozen=True, kw_only=True, tag="announcer.thing.changed"):
    """As wide as the records that services announce: half a kilobyte or so."""

    number: int
    text: str


class Settings(ServiceSettings, frozen=True, kw_only=True):
    rate: int
    """Changes per second."""
    count: int
    results: str
    """The file for the times of commits, nanoseconds of the monotonic clock, by number."""


class Announcer:
    """Makes the changes, and keeps when each commit was sent off."""

    def __init__(self, service: Service[Settings]) -> None:
        self._service, self._config = service, service.house.settings
        self._times = array("q", [0] * self._config.count)
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        began = time.monotonic()
        for number in range(self._config.count):
            due = began + number / self._config.rate
            if (ahead := due - time.monotonic()) > 0:
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
        event = ThingChanged(
            event_id=EventId(f"evt_{number:026d}"), occurred_at=datetime.now(UTC), number=number, text="x" * 400
        )
        async with self._service.db.transaction() as tx:
            await tx.execute("insert into things (number, text) values ($1, $2)", number, event.text)
            await announce(tx, event)
            # Before the commit and not after it: what it takes to reach the disk counts.
            self._times[number] = time.monotonic_ns()


async def build(house: House[Settings]) -> None:
    service = await furnish(house, MIGRATIONS)
    await service.produce()
    house.task("changes", Announcer(service).run)


if __name__ == "__main__":
    life.main(NAME, Settings, build)
