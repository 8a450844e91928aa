"""The hearing side of the events benchmark: writes each event into a row of its own, as a service keeps its copy."""

import asyncio
import time
from array import array
from pathlib import Path

from bench.announcer import NAME as PRODUCER
from bench.announcer import ThingChanged
from chassis import life, postgres
from chassis.life import House
from chassis.postgres import Tx
from chassis.service import ServiceSettings, furnish

NAME = "follower"
MIGRATIONS = Path(__file__).parent / "migrations" / "follower"


class Settings(ServiceSettings, frozen=True, kw_only=True):
    results: str
    """The file for numbers and times of effects, in nanoseconds of the monotonic clock, one after the other."""


class Effects:
    """What was applied, and when the transaction that did it had committed."""

    def __init__(self) -> None:
        self._applied: list[int] = []
        self.seen = array("q")

    async def apply(self, tx: Tx, event: ThingChanged) -> None:
        await tx.execute(
            """insert into copies (number, text) values ($1, $2)
            on conflict (number) do update set times = copies.times + 1""",
            event.number,
            event.text,
        )
        self._applied.append(event.number)
        postgres.nudge_on_commit()

    def committed(self) -> None:
        now = time.monotonic_ns()
        for number in self._applied:
            self.seen.extend((number, now))
        self._applied.clear()


async def build(house: House[Settings]) -> None:
    service, effects = await furnish(house, MIGRATIONS), Effects()
    service.db.on_nudge(effects.committed)
    service.listen(PRODUCER, service.listener(PRODUCER).on(ThingChanged, effects.apply), ready=True)

    async def tell() -> None:
        await asyncio.to_thread(Path(house.settings.results).write_bytes, effects.seen.tobytes())

    house.on_stop(tell)


if __name__ == "__main__":
    life.main(NAME, Settings, build)
