"""The producing side of the events benchmark: changes a row and announces it, at a steady rate."""

from datetime import UTC, datetime
from pathlib import Path

from bench.steady import Steady
from chassis import life
from chassis.events import announce
from chassis.life import House
from chassis.postgres import Tx
from chassis.service import ServiceSettings, furnish
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


async def change(tx: Tx, number: int) -> None:
    event = ThingChanged(
        event_id=EventId(f"evt_{number:026d}"), occurred_at=datetime.now(UTC), number=number, text="x" * 400
    )
    await tx.execute("insert into things (number, text) values ($1, $2)", number, event.text)
    await announce(tx, event)


async def build(house: House[Settings]) -> None:
    service, config = await furnish(house, MIGRATIONS), house.settings
    await service.produce()
    house.task("changes", Steady(service.db, change, rate=config.rate, count=config.count, results=config.results).run)


if __name__ == "__main__":
    life.main(NAME, Settings, build)
