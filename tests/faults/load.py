"""The load: every person lets in, puts out and changes at their own pace, and goes on when something fails."""

import asyncio
import itertools
from contextlib import suppress
from typing import Protocol

from tests.faults.changing import Changing
from tests.faults.ledger import Ledger
from tests.faults.linking import Linking
from tests.faults.people import Person, Unsure
from tests.faults.proving import Proving

PACE_SECONDS = 0.05
AFTER_FAILURE_SECONDS = 0.3


class Turning(Protocol):
    async def turn(self) -> None: ...

    def forget(self) -> None: ...


class Load:
    """Between `start` and `stop`, which lets each finish its step."""

    def __init__(self, people: list[Person], ledger: Ledger) -> None:
        self.people, self.ledger = people, ledger
        self.linking = [Linking(person, ledger) for person in people]
        self.changing = [Changing(person, ledger) for person in people]
        self.proving = [Proving(person, ledger) for person in people]
        self._rounds = itertools.count()
        self._running = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._running = True
        self.proving[next(self._rounds) % len(self.proving)].begin()
        actors: list[Turning] = [*self.linking, *self.changing, *self.proving]
        self._tasks = [asyncio.create_task(self._keep_going(actor)) for actor in actors]

    async def stop(self) -> None:
        self._running = False
        await asyncio.gather(*self._tasks)

    def forget(self, service: str) -> None:
        """After a restore of that service's database."""
        concerned: dict[str, list[Turning]] = {
            "auth": [*self.linking],
            "registry": [*self.changing, *self.proving],
            "verifier": [*self.proving],
        }
        for actor in concerned.get(service, []):
            actor.forget()

    async def _keep_going(self, actor: Turning) -> None:
        while self._running:
            try:
                await actor.turn()
                await asyncio.sleep(PACE_SECONDS)
            except Unsure as error:
                self.ledger.failed(str(error))
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(AFTER_FAILURE_SECONDS)
