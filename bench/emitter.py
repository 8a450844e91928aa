"""Stands in for auth in the delivery benchmark: announces `user.unlinked` at a steady rate.

Each event goes to one application, one after the other.
"""

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.steady import Steady
from chassis import life
from chassis.events import announce
from chassis.life import House
from chassis.postgres import Tx
from chassis.service import ServiceSettings, furnish
from contracts.events.auth import UserUnlinked
from contracts.ids import ClientId, EventId

NAME = "auth"
MIGRATIONS = Path(__file__).parent / "migrations" / "announcer"
CALM_SECONDS = 2
"""Until those who listen are at rest."""


class Settings(ServiceSettings, frozen=True, kw_only=True):
    rate: int
    """Events per second."""
    count: int
    apps: int
    first: int
    """Number of the first event, so that phases do not repeat ids."""
    results: str


def event_id(number: int) -> EventId:
    """Ids that tell their number: decimal digits are Crockford's too."""
    return EventId(f"evt_{number:026d}")


def client_id(number: int) -> ClientId:
    return ClientId(f"logi_{number:032x}")


async def change(config: Settings, tx: Tx, number: int) -> None:
    now, place = datetime.now(UTC), config.first + number
    event = UserUnlinked(
        event_id=event_id(place),
        occurred_at=now,
        client_ids=(client_id(place % config.apps),),
        sub="42",
        canonical_sub="42",
        unlinked_at=now,
    )
    await announce(tx, event)


async def build(house: House[Settings]) -> None:
    service, config = await furnish(house, MIGRATIONS), house.settings
    await service.produce()
    steady = Steady(service.db, partial(change, config), rate=config.rate, count=config.count, results=config.results)

    async def calmly() -> None:
        await asyncio.sleep(CALM_SECONDS)
        await steady.run()

    house.task("changes", calmly)


if __name__ == "__main__":
    life.main(NAME, Settings, build)
