"""A process of the house, as small as can be, for tests that watch one live and end: `python -m tests.chassis.living`.

LOGI_HABITS lists what it does; its own words go to standard error.
"""

import asyncio
import contextlib
import sys

from chassis import life, work
from chassis.life import House
from chassis.problems import InvalidRequest
from chassis.settings import Base


class Settings(Base, frozen=True, kw_only=True):
    """Which habits this process has."""

    habits: tuple[str, ...] = ()


class Kettle:
    """A resource that is there at the third try, for ever absent where `cold`, and beyond repair where `rusty`."""

    def __init__(self, *, cold: bool, rusty: bool) -> None:
        self._cold, self._rusty, self._tries = cold, rusty, 0

    async def start(self) -> None:
        self._tries += 1
        if self._rusty:
            raise life.StartImpossible("the kettle has a hole")
        if self._cold or self._tries < 3:
            raise OSError(f"no water at try {self._tries}")

    async def stop(self) -> None:
        say("kettle stopped")

    async def ping(self) -> None:
        """Well since it was started."""


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


async def build(house: House[Settings]) -> None:
    """Furnishes by habit."""
    habits = set(house.settings.habits)
    if {"kettle", "cold", "rusty"} & habits:
        await house.keep("kettle", Kettle(cold="cold" in habits, rusty="rusty" in habits))
    if "stop order" in habits:
        house.on_stop(lambda: saying("first kept, last stopped"))
        house.on_stop(lambda: saying("last kept, first stopped"))
    if "guest" in habits:
        house.on_drain(guest)
    if "stuck" in habits:
        house.on_drain(stuck)
    if "dark" in habits:
        house.ready_when("cellar", dark)
    if "breaks" in habits:
        house.task("oven", breaking)
    if "deaf" in habits:
        house.task("cook", deaf)
    if "works" in habits:
        house.task("cook", working)


async def saying(words: str) -> None:
    say(words)


async def guest() -> None:
    """What is in flight when the end comes."""
    say("draining")
    await asyncio.sleep(0.5)
    say("drained")


async def stuck() -> None:
    await asyncio.Event().wait()


async def dark() -> None:
    raise LookupError("no lamp")


async def breaking() -> None:
    raise LookupError("no gas")


async def deaf() -> None:
    """Does not hear the first time that it is asked to end."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await asyncio.Event().wait()


async def working() -> None:
    """One unit of each outcome."""
    for error in (None, InvalidRequest(), LookupError("no cup")):
        with contextlib.suppress(InvalidRequest, LookupError), work.unit("cup.filled", labels={"tea": "green"}):
            if error is not None:
                raise error
    say("worked")
    await asyncio.Event().wait()


if __name__ == "__main__":
    life.main("tea", Settings, build)
