"""The dispatcher: woken when events are accepted, claims what is due, posts at once, records outcomes together.

Every process runs one; leases keep them apart, a heartbeat keeps what is slow, and a stop gives back what was not sent.
"""

import asyncio
from collections import Counter
from contextlib import suppress

import structlog

from chassis import metrics
from chassis.outbound import Outbound
from chassis.postgres import UNAVAILABLE
from services.delivery.dispatch import outcome, post, store
from services.delivery.dispatch.store import Claimed, Done
from services.delivery.ground import Ground
from services.delivery.keys import store as keys

logger = structlog.get_logger()

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 3.0
PER_CLIENT = 4
"""Requests to one relying party at a time, so that a slow one starves nobody."""

_attempts = metrics.counter("delivery.attempts", description="Webhooks sent, by how the attempt ended.")


class Dispatcher:
    """One per process; `run` until cancelled, then `release`."""

    def __init__(self, ground: Ground, outbound: Outbound, worker: str, slots: int) -> None:
        self._ground, self._outbound, self._worker, self._slots = ground, outbound, worker, slots
        self._sending: dict[int, Claimed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._gone: set[str] = set()
        self._recording = asyncio.Lock()
        self._woken = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        self._ground.db.on_nudge(self._woken.set)
        heartbeat = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                self._woken.clear()
                try:
                    await self._turn()
                except UNAVAILABLE as error:
                    logger.warning("dispatch.waiting", error=f"{type(error).__name__}: {error}")
                except Exception:
                    logger.exception("dispatch.failed")
                with suppress(TimeoutError):
                    async with asyncio.timeout(await self._pause()):
                        await self._woken.wait()
        finally:
            heartbeat.cancel()
            self._ground.db.off_nudge(self._woken.set)

    async def drain(self) -> None:
        """Claims nothing more, waits for what is on its way, gives back the rest."""
        self._stopping = True
        self._woken.set()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._record()
        await store.release(self._ground.db, self._worker)

    async def _turn(self) -> None:
        await self._record()
        free = self._slots - len(self._sending)
        if free <= 0:
            return
        counts = Counter(row.client_id for row in self._sending.values())
        busy = [client_id for client_id, count in counts.items() if count >= PER_CLIENT]
        now = self._ground.clock.now()
        claimed = await store.claim(self._ground.db, self._worker, now, free, PER_CLIENT, busy)
        orphans = [row.id for row in claimed if row.webhook_url is None]
        if orphans:
            await store.skip(self._ground.db, self._worker, orphans, now)
        for row in claimed:
            if row.webhook_url is not None:
                self._send(row, row.webhook_url)

    def _send(self, row: Claimed, url: str) -> None:
        self._sending[row.id] = row
        task = asyncio.create_task(self._deliver(row, url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, row: Claimed, url: str) -> None:
        try:
            key = await keys.signing(self._ground.db, self._ground.vault, row.client_id)
            now = self._ground.clock.now()
            result = await post.webhook(self._outbound, row, url, key.secret if key else None, now)
            due = outcome.next_attempt(result, row.attempts, self._ground.clock.now())
            _attempts.add(1, {"result": "exhausted" if result.kind == "retry" and due is None else result.kind})
            self._done.append(Done(id=row.id, outcome=result, next_retry_at=due))
            if result.disable:
                self._gone.add(row.client_id)
        except Exception:
            # Its lease runs out and it is tried again; nothing is lost by a mistake of ours.
            logger.exception("dispatch.row.failed", event_id=row.event_id)
        finally:
            self._sending.pop(row.id, None)
            self._woken.set()

    async def _record(self) -> None:
        """One at a time: a drain that overtook a record under way would give back, and send again, what arrived."""
        async with self._recording:
            await self._record_done()

    async def _record_done(self) -> None:
        done, self._done = self._done, []
        gone, self._gone = self._gone, set()
        try:
            if done:
                await store.record(self._ground.db, self._worker, done, self._ground.clock.now())
            if gone:
                await store.disable(self._ground.db, list(gone))
        except BaseException:
            # Kept for the next turn: forgetting a 2xx would send it again for nothing.
            self._done += done
            self._gone |= gone
            raise

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            ids = [*self._sending, *(each.id for each in self._done)]
            if ids:
                with suppress(*UNAVAILABLE):
                    await store.renew(self._ground.db, self._worker, ids, self._ground.clock.now())

    async def _pause(self) -> float:
        """Until the next row is due, at most a poll away."""
        with suppress(*UNAVAILABLE):
            due = await store.next_due(self._ground.db)
            if due is not None:
                wait = (due - self._ground.clock.now()).total_seconds()
                return min(max(wait, 0.02), POLL_SECONDS)
        return POLL_SECONDS
