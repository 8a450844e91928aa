"""Carries events from the outbox to NATS: numbers what waits, publishes it in order, says each second how far it is.

Every instance of a service runs one. They take turns on one row for the length of one statement, so two relays can
only publish twice, and none can stop the others.
"""

import asyncio
from contextlib import suppress

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client

from chassis import metrics
from chassis.clock import Clock, SystemClock
from chassis.events import frames, outbox, retain
from chassis.postgres import UNAVAILABLE, Database

logger = structlog.get_logger()

POLL_SECONDS = 0.1
"""Finds what a nudge did not tell of: another process's commits, or our own after a fault."""

RETRY_SECONDS = 0.5
BEAT_SECONDS = 1.0
RETAIN_SECONDS = 3600.0
BATCH = 500
FLUSH_SECONDS = 2

_published = metrics.counter("events.published", description="Events sent to NATS, repetitions included.")
_waiting = metrics.gauge("events.outbox.waiting", "s", "Age of the oldest event that has no position yet.")
_unpublished = metrics.gauge("events.outbox.unpublished", description="Positions that are numbered and not yet sent.")


class Relay:
    """One producer's relay in this process."""

    def __init__(self, db: Database, nc: Client, service: str, *, shard: str = "0", clock: Clock | None = None) -> None:
        self._db, self._nc, self._service, self._shard = db, nc, service, shard
        self._clock = clock or SystemClock()
        self._woken = asyncio.Event()
        self._epoch = self._sent = 0
        self._stuck_at: int | None = None
        self._next_beat = self._next_retain = 0.0

    async def run(self) -> None:
        """Works until cancelled; what Postgres or NATS lack, it waits for."""
        self._db.on_nudge(self._woken.set, outbox.NUDGE)
        try:
            while True:
                self._woken.clear()
                pause = POLL_SECONDS
                try:
                    await self._turn()
                except (*UNAVAILABLE, nats.errors.Error, TimeoutError) as error:
                    logger.warning("relay.waiting", error=f"{type(error).__name__}: {error}")
                    pause = RETRY_SECONDS
                except Exception:
                    logger.exception("relay.failed")
                    pause = RETRY_SECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
        finally:
            self._db.off_nudge(self._woken.set)

    async def _turn(self) -> None:
        now = self._clock.monotonic()
        if now >= self._next_retain:
            self._next_retain = now + RETAIN_SECONDS
            await retain.retain(self._db)
        # While NATS is away events wait in the outbox, not in a buffer that may overflow.
        if not self._nc.is_connected:
            return
        more = True
        while more and (run := await outbox.number(self._db, BATCH, self._sent)) is not None:
            await self._publish(await outbox.read_numbered(self._db, self._origin(run.epoch), run))
            # A commit since then has nudged, or the next poll finds it.
            more = run.last - run.first + 1 == BATCH
            if self._clock.monotonic() >= self._next_beat:
                await self._beat()
        if self._clock.monotonic() >= self._next_beat:
            await self._beat()

    async def _publish(self, events: list[frames.Sent]) -> None:
        for event in events:
            await self._nc.publish(f"event.{event.tag}", msgspec.msgpack.encode(event))
        # The answer to a flush says that the server has them all; only then have they been sent.
        await self._nc.flush(FLUSH_SECONDS)
        self._sent = events[-1].position
        _published.add(len(events))

    async def _beat(self) -> None:
        """Tells where the log stands, and sends what a relay numbered and then died with."""
        self._next_beat = self._clock.monotonic() + BEAT_SECONDS
        head = await outbox.head(self._db, self._sent)
        _waiting.set(head.waiting)
        _unpublished.set(head.newest - head.published)
        origin = self._origin(head.epoch)
        if head.published < head.newest and head.published == self._stuck_at:
            await self._publish(await outbox.read_after(self._db, origin, head.published, BATCH))
        self._stuck_at = head.published
        beat = frames.Beat(origin, head.oldest, head.published, head.newest)
        await self._nc.publish(frames.beat_subject(self._service), msgspec.msgpack.encode(beat))

    def _origin(self, epoch: int) -> str:
        """A new epoch, begun under our feet, makes what we remember of the old one void."""
        if epoch != self._epoch:
            self._epoch, self._sent, self._stuck_at = epoch, 0, None
        return frames.origin(self._service, self._shard, epoch)
