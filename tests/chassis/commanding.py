"""A service with a command for its operator, to be called as an operator would: python -m tests.chassis.commanding."""

import sys
from pathlib import Path

from chassis import command
from chassis.life import House
from chassis.postgres import Database
from chassis.service import ServiceSettings


async def build(house: House[ServiceSettings]) -> None:
    """Lives on nothing."""


async def count(_: ServiceSettings, db: Database, words: list[str]) -> None:
    """Says what it was told, and how many cups there are."""
    cups = await db.fetchval("select count(*) from cups")
    sys.stdout.write(f"{' '.join(words)} {cups}\n")


if __name__ == "__main__":
    command.main("shop", ServiceSettings, build, Path(sys.argv.pop(1)), {"count": count})
