"""Carries what waits in a table to somebody outside; several processes may, each row is in one hand at a time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import structlog

from chassis import work
from chassis.clock import Clock
from chassis.counts import Counts
from chassis.postgres import UNAVAILABLE, Database

logger = structlog.get_logger()

POLL_SECONDS = 1.0
"""A commit in this process wakes its courier; the poll is for what is to be tried again and for the dead."""


class Waiting(Protocol):
    """A row in a courier's hand."""

    @property
    def id(self) -> int: ...

    @property
    def tries(self) -> int:
        """This one included."""


W = TypeVar("W", bound=Waiting)
Done = Coroutine[Any, Any, None]


class Queue(Protocol[W]):
    """The table, as a store module writes it; what a courier who died held is free again after its lease."""

    def claim(self, db: Database, now: datetime, most: int, /) -> Coroutine[Any, Any, list[W]]: ...

    def sent(self, db: Database, row: int, now: datetime, /) -> Done: ...

    def postpone(self, db: Database, row: int, until: datetime, why: str, /) -> Done: ...

    def give_up(self, db: Database, row: int, now: datetime, why: str, /) -> Done: ...


class NotCarried(Exception):
    """It was not taken. The reason is logged and kept, so it holds no secret; `final` where another try is in vain."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


class Courier(ABC, Generic[W]):
    """The loop that empties a queue; `House.task` runs `run`."""

    name: ClassVar[str]
    """What its lines in the log begin with."""
    at_once: ClassVar[int] = 8
    pauses: ClassVar[Sequence[timedelta]] = tuple(
        timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200, 21600)
    )
    """Before the second try, the third and so on; after the last one it is given up, and a person should look."""
    failures: ClassVar[Counts]
    """Counts what was given up, after the last try or at once."""

    def __init__(self, db: Database, clock: Clock, queue: Queue[W]) -> None:
        self._db, self._clock, self._queue = db, clock, queue
        self._wake = asyncio.Event()

    @abstractmethod
    async def carry(self, one: W, unit: work.unit) -> None:
        """One try. Raises NotCarried; what else it raises is kept by its name alone."""

    @abstractmethod
    def unit(self, one: W) -> work.unit:
        """The unit of work that one try is."""

    async def run(self) -> None:
        self._db.on_nudge(self._wake.set)
        try:
            while True:
                try:
                    if await self.deliver():
                        continue
                except UNAVAILABLE as error:
                    logger.warning(f"{self.name}.waiting", error=f"{type(error).__name__}: {error}")
                await self._pause()
        finally:
            self._db.off_nudge(self._wake.set)

    async def deliver(self) -> int:
        """Tries what is due now; returns how many were tried."""
        claimed = await self._queue.claim(self._db, self._clock.now(), self.at_once)
        await asyncio.gather(*(self._try(one) for one in claimed))
        return len(claimed)

    async def _try(self, one: W) -> None:
        with self.unit(one) as unit:
            unit.note(tries=one.tries)
            try:
                await self.carry(one, unit)
            except NotCarried as error:
                await self._failed(one, unit, error)
            except UNAVAILABLE:
                raise  # ours is the trouble; its lease runs out
            except Exception as error:  # noqa: BLE001 - one that cannot be carried must not hold up the others
                await self._failed(one, unit, NotCarried(type(error).__name__))
            else:
                await self._queue.sent(self._db, one.id, self._clock.now())

    async def _failed(self, one: W, unit: work.unit, error: NotCarried) -> None:
        unit.outcome = "failed"
        unit.note(error=error.reason)
        now = self._clock.now()
        if error.final or one.tries > len(self.pauses):
            self.failures.add(1)
            await self._queue.give_up(self._db, one.id, now, error.reason)
        else:
            await self._queue.postpone(self._db, one.id, now + self.pauses[one.tries - 1], error.reason)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
