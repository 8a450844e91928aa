"""Answers HTTP exchanges with an ASGI app: a queue group per pool, one task per message, bounded.

An instance listens three times per pool: in the queue group for whatever comes, under its own id for an exchange that
another instance was too busy for, and with all others for cancels and roll calls.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Self

import msgspec
import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from chassis.nats_link import Link
from chassis.wire import frames, meters, subjects
from chassis.wire.answer import Answering
from chassis.wire.asgi import App
from chassis.wire.frames import BUSY, MEMBER, ROLL, THROUGH, WORKING, Request
from chassis.wire.gate import Gate
from chassis.wire.jobs import Job, Jobs
from chassis.wire.leaving import leave
from chassis.wire.lifespan import Lifespan
from chassis.wire.parts import Depot

logger = structlog.get_logger()

GRACE = 6.5
"""Seconds that a drain waits for what is in flight; life gives the whole drain eight."""


class Pool(msgspec.Struct, frozen=True):
    """Exchanges that share slots. Long-polls get a pool of their own, so that those who wait starve nobody."""

    name: str
    slots: int = 64


class Served:
    """An app that answers over NATS, from `start` until `drain`."""

    def __init__(self, nc: Link, service: str, app: App, pools: Sequence[Pool], bulk: Link | None = None) -> None:
        self.instance = subjects.new_instance()
        self._nc, self._service = nc, service
        self._gates = {pool.name: Gate(pool.slots) for pool in pools}
        self._lifespan = Lifespan(app)
        self._depot = None if bulk is None else Depot(bulk, subjects.depot(service, self.instance))
        self._answering = Answering(app, service, self.instance, self._depot)
        self._jobs = Jobs(self._say_working)
        self._taking: list[Subscription] = []
        self._listening: list[Subscription] = []
        self._id = self.instance.encode()

    async def start(self) -> Self:
        """Returns when the server knows of every subscription: what is sent from then on is served."""
        await self._lifespan.start()
        if self._depot is not None:
            await self._depot.start()
        for name, gate in self._gates.items():
            subject, take = subjects.pool(self._service, name), partial(self._take, name, gate)
            self._taking += [
                await self._nc.hear(subject, take, queue=self._service),
                await self._nc.hear(subjects.member(subject, self.instance), take),
            ]
            self._listening.append(await self._nc.subscribe(subjects.everyone(subject), cb=partial(self._hear, gate)))
        await self._nc.flush()
        self._jobs.start()
        meters.watch(self)
        return self

    async def drain(self, grace: float = GRACE) -> None:
        """Sends new exchanges elsewhere, ends long-polls early, lets the rest finish for `grace` seconds.

        A second call does nothing more.
        """
        for gate in self._gates.values():
            gate.open = False
        self._answering.ending.set()
        await leave(self._taking)
        await asyncio.gather(*(gate.drain(grace) for gate in self._gates.values()))
        await leave(self._listening)
        await self._jobs.stop()
        if self._depot is not None:
            await self._depot.stop()
        await self._lifespan.stop()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    def in_flight(self) -> Iterable[tuple[float, dict[str, str]]]:
        for name, gate in self._gates.items():
            yield len(gate), {"service": self._service, "pool": name}

    def _take(self, pool: str, gate: Gate, _: str, reply_to: str, frame: bytes) -> None:
        """Decides at once whether this exchange is ours; the deadline counts from here."""
        try:
            request = frames.decode_request(frame)
        except frames.FrameUnreadable as error:
            logger.error("wire.unreadable", pool=pool, error=str(error))  # noqa: TRY400 - no trace of ours explains it
            return
        if gate.full or request.budget_ms <= 0:
            gate.begin(self._say_busy(pool, reply_to))
        elif not self._jobs.already_through(reply_to):
            job = Job(reply_to, pool, time.monotonic() + request.budget_ms / 1000)
            self._jobs.add(job, gate.begin(self._work(gate, job, request)))

    async def _work(self, gate: Gate, job: Job, request: Request) -> None:
        try:
            async with gate.slot:
                job.began = True
                word, parcel = await self._answering.answer(request, job.pool, job.deadline)
            await self._say(job.reply_to, word)
            if parcel is not None and self._depot is not None:
                try:
                    # The caller fetches the parts and then says that it is through, which ends this task.
                    await asyncio.sleep(max(0.0, job.deadline - time.monotonic()))
                finally:
                    self._depot.release(parcel)
        except asyncio.CancelledError:
            if not job.began:
                await self._say_busy(job.pool, job.reply_to)
            raise

    async def _hear(self, gate: Gate, message: Msg) -> None:
        tag = message.data[:1]
        if tag == THROUGH:
            self._jobs.through(message.data[1:].decode())
        elif tag == ROLL and gate.open:
            await self._say(message.reply, MEMBER + self._id)

    async def _say_busy(self, pool: str, to: str) -> None:
        meters.busy.add(1, {"service": self._service, "pool": pool})
        await self._say(to, BUSY + self._id)

    async def _say_working(self, job: Job) -> None:
        meters.working.add(1, {"service": self._service, "pool": job.pool})
        await self._say(job.reply_to, WORKING + self._id)

    async def _say(self, to: str, word: bytes) -> None:
        try:
            await self._nc.publish(to, word)
        except nats.errors.Error as error:
            # The link is down and its buffer full: the caller will find us silent, which is the truth.
            logger.warning("wire.unsaid", error=type(error).__name__)


def http(nc: Link, service: str, app: App, pools: Sequence[Pool], bulk: Link | None = None) -> Served:
    """`app` as `service`, to be started, or entered with `async with`.

    `bulk` is a second connection for bodies beyond a frame; without it such a request gets 413, such a reply 502.
    """
    return Served(nc, service, app, pools, bulk)
