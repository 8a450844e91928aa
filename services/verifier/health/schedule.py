"""The loop that makes the probes that are due: a bounded number at a time, one for each host, nobody delayed by others.

Hosts that did not answer last time share half of the slots, so that however many of them hang, the others have theirs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from chassis import metrics, trace
from chassis.postgres import UNAVAILABLE
from services.verifier.ground import Ground
from services.verifier.health import check, store
from services.verifier.health.store import Health

logger = structlog.get_logger()

POLL_SECONDS: Final = 1.0

LEASE: Final = timedelta(seconds=60)
"""A probe takes 34 s at most; whoever died frees what it held after this."""

WAITING_PER_SLOT: Final = 4
"""Probes between their two tries hold no slot, but there is an end to them as well."""

_lag = metrics.histogram("rp_health.lag", "s", "How late a probe began.")


class Schedule:
    """`slots` probes at a time in this process; other processes have their own and share what is due."""

    def __init__(self, ground: Ground, slots: int) -> None:
        self._ground, self._slots = ground, slots
        self._room = asyncio.Semaphore(slots)
        self._tasks: set[asyncio.Task[None]] = set()
        self._suspects = 0
        self._room_again = asyncio.Event()

    async def run(self) -> None:
        """For as long as the process lives."""
        try:
            while True:
                try:
                    if await self.begin():
                        await asyncio.sleep(0)
                        continue
                except UNAVAILABLE as error:
                    logger.warning("health.waiting", error=f"{type(error).__name__}: {error}")
                await self._pause()
        finally:
            await self.stop()

    async def stop(self) -> None:
        """What is in flight is let go of; whoever is next takes it up when its lease is over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def begin(self) -> int:
        """Begins what is due and has room; returns how many."""
        room = min(self._slots, self._slots * WAITING_PER_SLOT - len(self._tasks))
        if room <= 0 or self._room.locked():
            return 0
        ground = self._ground
        now = ground.clock.now()
        suspects = max(0, max(1, self._slots // 2) - self._suspects)
        async with ground.db.transaction() as tx:
            held = await store.hold(tx, now, LEASE, room, suspects)
        for health in held:
            if health.next_probe_at is not None:
                _lag.record((now - health.next_probe_at).total_seconds(), {})
            task = asyncio.create_task(self._one(health))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(held)

    async def _one(self, health: Health) -> None:
        suspect = health.state == "red"
        self._suspects += suspect
        try:
            with trace.arriving(None):
                await check.one(self._ground, health, self._slot)
        except UNAVAILABLE as error:
            logger.warning("health.lost", error=f"{type(error).__name__}: {error}")
        except Exception:
            logger.exception("health.broke", application_id=health.application_id)
        finally:
            self._suspects -= suspect
            self._room_again.set()

    async def _pause(self) -> None:
        """Until a probe has ended, so that its slot is not idle while others are due; a second at most."""
        self._room_again.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._room_again.wait()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        async with self._room:
            yield
