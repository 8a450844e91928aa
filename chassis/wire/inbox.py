"""Where all answers to one process arrive: a single subscription, and behind it an ear per correlation token.

A subscription per exchange would cost two more messages to the server each; a timer per exchange would cost every
fast one, so one task looks at those that wait.
"""

import asyncio
import contextlib
import time
from typing import Protocol, Self

from nats.aio.subscription import Subscription

from chassis.nats_link import Link
from chassis.wire.leaving import leave

TICK = 0.05
"""Seconds between two looks at those that wait; no deadline is kept more exactly."""


class Ear(Protocol):
    """Something that waits for words."""

    def word(self, word: bytes) -> None:
        """Hears one; an empty word is the server's own and says that nobody listens where the question went."""

    def look(self, now: float, late: float) -> None:
        """Is asked each tick, at `now` on the monotonic scale; `late` seconds after it should have been."""


class Inbox:
    """The answers' subject of this process; nobody else may hear below the prefix of its user."""

    def __init__(self, nc: Link) -> None:
        self._nc = nc
        self._prefix = nc.new_inbox()
        self._ears: dict[str, Ear] = {}
        self._last = 0
        self._subscription: Subscription | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        self._subscription = await self._nc.hear(f"{self._prefix}.*", self._hear)
        await self._nc.flush()
        self._watch = asyncio.create_task(self._look())
        return self

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        if self._subscription is not None:
            await leave([self._subscription])

    def open(self, ear: Ear) -> str:
        """The subject to be answered at, until `close`."""
        self._last += 1
        subject = f"{self._prefix}.{self._last}"
        self._ears[subject] = ear
        return subject

    def close(self, subject: str) -> None:
        self._ears.pop(subject, None)

    def __len__(self) -> int:
        return len(self._ears)

    def _hear(self, subject: str, _: str, word: bytes) -> None:
        ear = self._ears.get(subject)
        if ear is not None:
            ear.word(word)

    async def _look(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for ear in list(self._ears.values()):
                ear.look(now, now - last - TICK)
            last = now
