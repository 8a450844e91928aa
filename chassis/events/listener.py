"""Follows one producer: hears its events, fetches what did not come, applies all of them in order and once.

One instance of the listening service works at a time, by the lock on its mark; the others hear and wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Self, TypeVar

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from chassis.clock import Clock, SystemClock
from chassis.events import apply, frames, marks, parked, rebuild
from chassis.events.arrivals import Arrivals
from chassis.events.dispatch import ApplyAll, Dispatch
from chassis.events.lag import Lag
from chassis.events.marks import Mark
from chassis.events.owner import Owner
from chassis.events.settle import settle
from chassis.events.verdict import Verdict, judge
from chassis.postgres import UNAVAILABLE, Database, Tx
from chassis.problems import Problem

logger = structlog.get_logger()

E = TypeVar("E", bound=msgspec.Struct)

IDLE_SECONDS = 1.0
"""Without any word, a listener looks this often whether another instance has moved the mark."""

TAKEN_SECONDS = 0.05
"""Another instance is at work; it may die of it, so look again after this."""

GRACE_SECONDS = 0.01
"""Two relays may overtake each other; a gap that closes within this needs no question."""

RETRY_SECONDS = 0.5

BUSY = 3
COMPANY_SECONDS = 0.003
"""After a batch of so many the next one gathers for so long: a transaction costs the same for more of them."""


class Listener:
    """One pair of a listening and a producing service. Register with `on` and `keep`, then `run`."""

    def __init__(
        self, db: Database, nc: Client, listener: str, producer: str, *, shard: str = "0", clock: Clock | None = None
    ) -> None:
        self._db, self._nc, self._producer = db, nc, producer
        self._key = f"{producer}/{shard}"
        self._owner = Owner(nc, listener, producer)
        self._dispatch = Dispatch(producer)
        self._replicas: dict[str, rebuild.Replica] = {}
        self._arrivals = Arrivals()
        self._lag = Lag(producer, clock or SystemClock())
        self._woken = asyncio.Event()
        self._doubt = True
        self._mark: Mark | None = None

    def on(self, kind: type[E], handler: Callable[[Tx, E], Awaitable[None]]) -> Self:
        """Applies events of this class with `handler(tx, event)`, which may be called again for the same event
        after a roll-back, and writes through `tx` alone."""
        self._dispatch.add(kind, handler)
        return self

    def together(self, kinds: Iterable[type[msgspec.Struct]], handler: ApplyAll) -> Self:
        """Like `on`, for a handler that takes many events of several kinds at a time, in their order."""
        self._dispatch.add_together(kinds, handler)
        return self

    def keep(self, replica: rebuild.Replica) -> Self:
        """Names what is rebuilt from the owner's snapshot when the log cannot be followed."""
        self._replicas[replica.kind] = replica
        return self

    async def caught_up(self) -> None:
        """Returns once everything has been applied that the producer had said when we first asked it."""
        await self._lag.reached.wait()

    async def ping(self) -> None:
        """For House.ready_when. Raises NotCaughtUp."""
        self._lag.check()

    async def run(self) -> None:
        """Works until cancelled; what Postgres, NATS or the producer lack, it waits for."""
        heard = await self._nc.subscribe(f"event.{self._producer}.>", cb=self._hear)
        beats = await self._nc.subscribe(frames.beat_subject(self._producer), cb=self._hear_beat)
        try:
            while True:
                self._woken.clear()
                try:
                    pause = await self._turn()
                except (*UNAVAILABLE, nats.errors.Error, Problem, TimeoutError) as error:
                    logger.warning("listener.waiting", producer=self._key, error=f"{type(error).__name__}: {error}")
                    self._doubt, pause = True, RETRY_SECONDS
                except Exception:
                    logger.exception("listener.failed", producer=self._key)
                    self._doubt, pause = True, RETRY_SECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()
        finally:
            with suppress(Exception):
                await heard.unsubscribe()
                await beats.unsubscribe()

    async def _hear(self, message: Msg) -> None:
        sent = msgspec.msgpack.decode(message.data, type=frames.Sent)
        if not sent.origin.startswith(f"{self._key}@"):
            return
        self._doubt |= sent.origin != self._arrivals.origin
        self._arrivals.put(sent)
        self._woken.set()

    async def _hear_beat(self, message: Msg) -> None:
        beat = msgspec.msgpack.decode(message.data, type=frames.Beat)
        if beat.origin.startswith(f"{self._key}@") and self._mark is not None:
            self._doubt |= self._lag.heard(beat, self._mark, self._arrivals.origin)
            if self._doubt:
                self._woken.set()

    async def _turn(self) -> float:
        """Does all there is to do; returns for how many seconds to wait for a word."""
        if self._mark is None:
            self._mark = await self._check()
            await parked.retry(self._db, self._mark.origin, self._dispatch)
        elif self._doubt:
            self._mark = await self._check()
        while self._mark.state == "rebuilding":
            if not await rebuild.step(self._db, self._key, self._mark, self._owner, self._replicas):
                self._doubt = True
                return TAKEN_SECONDS
            self._mark = await marks.read(self._db, self._key)
            self._doubt |= self._mark.state == "following"
        while self._mark.state == "following":
            applied = await apply.batch(self._db, self._key, self._arrivals, self._dispatch)
            if applied.mark is None:
                self._note(await marks.read(self._db, self._key))
                return TAKEN_SECONDS
            self._note(applied.mark)
            if BUSY <= applied.size < frames.PAGE_EVENTS:
                await asyncio.sleep(COMPANY_SECONDS)
            # Looked for before another transaction is begun: what comes alone needs no second one to find nothing.
            if not self._arrivals.after(applied.mark.mark, 1) and not await self._fetch(applied.mark):
                break
        return TAKEN_SECONDS if self._doubt else IDLE_SECONDS

    async def _fetch(self, mark: Mark) -> bool:
        """Asks for what is known to exist and has not come; False if there is nothing of that kind."""
        if self._arrivals.gap(mark.mark):
            await asyncio.sleep(GRACE_SECONDS)
            if not self._arrivals.gap(mark.mark):
                return True
        elif not self._doubt and not self._lag.behind_answer(mark):
            return False
        self._mark = await self._check()
        return not self._doubt

    async def _check(self) -> Mark:
        """Reads the mark, then asks the producer what comes after it, in this order, and draws the conclusion."""
        mark = await marks.read(self._db, self._key)
        log = await self._owner.events(mark.origin, mark.mark)
        verdict = judge(mark, log)
        settled = await settle(self._db, self._key, mark, log, self._replicas)
        self._doubt = settled is None
        mark = settled or mark
        if mark.state == "rebuilding":
            self._arrivals.begin(mark.resume_origin, mark.resume_mark)
            return mark
        self._arrivals.begin(mark.origin, mark.mark)
        if mark.state == "following":
            if verdict is Verdict.FOLLOW:
                for event in log.events:
                    self._arrivals.put(event, asked=True)
            self._lag.answered(log, mark)
        return mark

    def _note(self, mark: Mark) -> None:
        self._mark = mark
        if mark.state == "following":
            self._arrivals.begin(mark.origin, mark.mark)
        self._lag.moved(mark)
