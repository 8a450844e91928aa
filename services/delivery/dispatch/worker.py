"""The dispatcher: woken when events are accepted, claims what is due, posts at once, records outcomes together.

Every process runs one; leases keep them apart, a heartbeat keeps what is slow, and a stop gives back what was not sent.
"""

import asyncio
import time
from collections import Counter
from contextlib import suppress

import structlog

from chassis import metrics
from chassis.postgres import UNAVAILABLE, Database
from services.delivery.attempts import settle
from services.delivery.attempts.store import Done
from services.delivery.dispatch import store
from services.delivery.dispatch.hands import PER_CLIENT, Hands
from services.delivery.dispatch.post import Post
from services.delivery.dispatch.store import Claimed
from services.delivery.ground import QUEUE, Ground
from services.delivery.keys import store as keys
from services.delivery.keys.ring import Ring
from services.delivery.keys.signer import NOBODY, Signer

logger = structlog.get_logger()

TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 2.0
AT_A_TIME = 128
"""Rows of one claim: fewer than the slots, so that a batch is on its way while another is recorded and claimed.
Receivers that all answer at once would otherwise leave the process with nothing to do but wait for Postgres."""

SOON_SECONDS = 0.002
"""Outcomes that come within this are recorded together."""

_attempts = metrics.counter("delivery.attempts", description="Webhooks sent, by how the attempt ended.")
_lag = metrics.histogram("delivery.lag", "s", "From the acceptance of an event to the receiver's 2xx, first attempts.")


class Dispatcher:
    """One per process; `run` until cancelled, `drain` to end well."""

    def __init__(self, ground: Ground, queue: Database, post: Post, worker: str, slots: int) -> None:
        """`queue` is ground's database once more, where a commit need not wait for the disk: what a crash of the
        server forgets of claims and outcomes is sent again."""
        self._ground, self._queue, self._post, self._worker, self._slots = ground, queue, post, worker, slots
        self._ring = Ring(ground.db, ground.vault, "webhook")
        self._hands = Hands()
        self._signers: dict[str, Signer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._spared: list[int] = []
        self._recording = asyncio.Lock()
        self._woken = asyncio.Event()
        self._look, self._ticked_at = True, 0.0
        self._stopping = False

    async def run(self) -> None:
        self._ground.db.on_nudge(self._nudged, QUEUE)
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
                    async with asyncio.timeout(TICK_SECONDS):
                        await self._woken.wait()
                await asyncio.sleep(SOON_SECONDS)
        finally:
            heartbeat.cancel()
            self._ground.db.off_nudge(self._nudged)

    async def drain(self) -> None:
        """Claims nothing more, waits for what is on its way, gives back the rest."""
        self._stopping = True
        self._woken.set()
        self._hands.drop_waiting()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._record()
        async with self._recording:
            await store.release(self._queue, self._worker)

    def _nudged(self) -> None:
        self._look = True
        self._woken.set()

    async def _turn(self) -> None:
        """Claims and sends, and then records: what is new does not wait for what is over."""
        ticked = time.monotonic() - self._ticked_at >= TICK_SECONDS
        if self._look or ticked:
            await self._claim()
        if ticked:
            self._ticked_at = time.monotonic()
            # A key may end while rows wait here for their turn.
            await self._open_keys(set())
        await self._record()

    async def _claim(self) -> None:
        """Looks for what is due. Another look is due where this one was not allowed to take everything."""
        held = self._hands.counts()
        most = min(AT_A_TIME, self._slots - sum(held.values()))
        if most <= 0:
            return
        self._look = False
        now = self._ground.clock.now()
        claimed = await store.claim(self._queue, self._worker, now, most, PER_CLIENT, held)
        if claimed:
            await self._take(claimed)
        if len(claimed) == most:
            self._nudged()
        self._look |= any(count >= PER_CLIENT for count in self._hands.counts().values())

    async def _take(self, claimed: list[Claimed]) -> None:
        orphans = [row.id for row in claimed if row.webhook_url is None]
        if orphans:
            await store.skip(self._queue, self._worker, orphans, self._ground.clock.now())
        rows = [row for row in claimed if row.webhook_url is not None]
        await self._open_keys({row.client_id for row in rows})
        renewed = [self._signers.get(row.client_id, NOBODY).renewed(row) for row in rows]
        changed = [new for new, old in zip(renewed, rows, strict=True) if new is not old and new.signature is not None]
        if changed:
            await store.resigned(self._queue, self._worker, changed)
        self._hands.take(renewed)
        for client_id in {row.client_id for row in rows}:
            self._send(client_id)

    async def _open_keys(self, client_ids: set[str]) -> None:
        """One statement for the batch; what was opened before may have ended since."""
        held = self._hands.counts()
        if not client_ids and not held:
            return
        found = await keys.signing_of(self._queue, self._ground.vault, sorted(client_ids | set(held)))
        self._signers = {known: signer for known, signer in self._signers.items() if known in held}
        for client_id, signing in found.items():
            key = (await self._ring.current(self._ground.clock.now()))[1] if signing.asymmetric else None
            self._signers[client_id] = Signer.of(signing, key)

    def _send(self, client_id: str) -> None:
        for row in self._hands.next(client_id):
            task = asyncio.create_task(self._deliver(row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver(self, row: Claimed) -> None:
        done: Done | None = None
        try:
            signer = self._signers.get(row.client_id, NOBODY)
            done = await self._attempted(row, signer)
            self._done.append(done)
            if done.outcome.kind == "delivered" and row.attempts == 1:
                _lag.record(max(0.0, (self._ground.clock.now() - row.enqueued_at).total_seconds()), {})
        finally:
            self._spared += [spared.id for spared in self._hands.ended(row, done)]
            if not self._stopping:
                self._send(row.client_id)
            self._woken.set()

    async def _attempted(self, row: Claimed, signer: Signer) -> Done:
        """A mistake of ours counts as a failure: the row comes again by its schedule, not for ever at once."""
        try:
            return await self._post.webhook(signer.renewed(row), row.webhook_url or "", signer)
        except Exception:
            logger.exception("dispatch.row.failed", event_id=row.event_id)
            return self._post.broken(row)

    async def _record(self) -> None:
        """One at a time: a drain that overtook a record under way would give back, and send again, what arrived."""
        async with self._recording:
            done, self._done = self._done, []
            spared, self._spared = self._spared, []
            try:
                if spared:
                    await store.release(self._queue, self._worker, spared)
                if done:
                    await settle.attempts(self._queue, self._ground.clock, self._worker, done, self._hands.idle(done))
            except BaseException:
                # Kept for the next turn: forgetting a 2xx would send it again for nothing.
                self._done += done
                self._spared += spared
                raise
            self._hands.recorded(done)
            if any(each.row.ordered for each in done):
                # The next event of the same person has waited for this one.
                self._nudged()
            for result, count in Counter(each.result for each in done).items():
                _attempts.add(count, {"result": result})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            # Not beside a record: both change rows of many receivers, and would wait for each other.
            async with self._recording:
                await self._renew()

    async def _renew(self) -> None:
        rows = [*self._hands.rows(), *(each.row for each in self._done)]
        if rows:
            try:
                await store.renew(self._queue, self._worker, rows, self._ground.clock.now())
            except Exception:
                # The next beat comes before the lease runs out; without any, rows would be sent twice.
                logger.warning("dispatch.beat_missed", exc_info=True)
