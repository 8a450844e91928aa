"""Sends HTTP exchanges to the service that owns them, and knows what to do when nobody, nobody free or nobody alive
is there.

Busy moves an exchange of any method to another instance once, since nothing was begun. Death repeats a GET or HEAD
once; any other method may have had its effect, so it ends in 502.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Self

import msgspec
import nats.errors

from chassis.nats_link import Link
from chassis.wire import frames, meters, subjects
from chassis.wire.crew import Crew
from chassis.wire.frames import BODY_LIMIT, FRAME_LIMIT, INLINE_BODY, ROLL, THROUGH, Busy, Parcel, Reply, Request
from chassis.wire.inbox import Inbox
from chassis.wire.parts import Depot, PartsLost
from chassis.wire.refusals import DeadlinePassed, InstanceDied, NoInstance, ReplyTooLarge, RequestTooLarge
from chassis.wire.waiting import Waiting

REPEATABLE = frozenset({"GET", "HEAD"})


class Caller:
    """The calling side of one process; `start` it once, then any number of exchanges at a time."""

    def __init__(self, nc: Link, bulk: Link | None = None) -> None:
        """`bulk` is a second connection, for bodies beyond a frame; without it they are refused."""
        self._nc = nc
        self._inbox = Inbox(nc)
        self._depot = None if bulk is None else Depot(bulk, bulk.new_inbox())
        self._crews: dict[tuple[str, str], Crew] = {}
        self._waiting = 0

    async def start(self) -> Self:
        await self._inbox.start()
        if self._depot is not None:
            await self._depot.start()
        meters.watch(self)
        return self

    async def stop(self) -> None:
        await self._inbox.stop()
        if self._depot is not None:
            await self._depot.stop()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def in_flight(self) -> Iterable[tuple[float, dict[str, str]]]:
        yield self._waiting, {"side": "caller"}

    async def exchange(self, service: str, pool: str, request: Request) -> Reply:
        """The whole reply, within `request.budget_ms`.

        Raises NoInstance, InstanceDied, DeadlinePassed, RequestTooLarge, ReplyTooLarge, or the problem that the
        service could not put into a reply. Cancelling the calling task cancels the work behind it.
        """
        deadline = time.monotonic() + request.budget_ms / 1000
        crew = self._crew(service, pool)
        self._waiting += 1
        try:
            if crew.roll_due():
                await self._say(crew.everyone, ROLL, crew.inbox)
            if len(request.body) <= INLINE_BODY:
                return await self._insist(crew, request, deadline)
            return await self._send_large(crew, request, deadline)
        finally:
            self._waiting -= 1

    async def _send_large(self, crew: Crew, request: Request, deadline: float) -> Reply:
        if self._depot is None or len(request.body) > BODY_LIMIT:
            raise RequestTooLarge
        parcel = self._depot.hold(request.body)
        try:
            slim = msgspec.structs.replace(request, body=b"", parcel=parcel)
            return await self._insist(crew, slim, deadline)
        finally:
            self._depot.release(parcel)

    async def _insist(self, crew: Crew, request: Request, deadline: float) -> Reply:
        """One exchange, with at most one move because of Busy and one repetition because of death."""
        to, avoid = crew.subject, set[str]()
        moves, repeats = 1, 1 if request.method in REPEATABLE else 0
        while True:
            try:
                answer = await self._once(crew, to, request, deadline)
            except InstanceDied:
                if not repeats:
                    raise
                repeats, reason = 0, "died"
            except NoInstance:
                if to == crew.subject:
                    raise
                # The instance we had in mind is gone; any other may have it.
                crew.forget(to.rpartition(".")[2])
                to = crew.subject
                continue
            else:
                if isinstance(answer, Reply):
                    return answer
                avoid.add(answer.instance)
                if not moves:
                    raise NoInstance
                moves, reason = 0, "busy"
            meters.retried.add(1, {"service": crew.service, "pool": crew.pool, "reason": reason})
            other = crew.another(avoid)
            to = crew.subject if other is None else subjects.member(crew.subject, other)
            left = round((deadline - time.monotonic()) * 1000)
            if left <= 0:
                raise DeadlinePassed
            request = msgspec.structs.replace(request, budget_ms=left)

    async def _once(self, crew: Crew, to: str, request: Request, deadline: float) -> Reply | Busy:
        frame = frames.encode_request(request)
        if len(frame) > FRAME_LIMIT:
            raise RequestTooLarge
        waiting = Waiting(crew, deadline)
        subject = self._inbox.open(waiting)
        try:
            await self._say(to, frame, subject)
            answer = await waiting.future
            if isinstance(answer, Reply) and answer.parcel is not None:
                answer = await self._whole(answer, answer.parcel, deadline)
                await self._through(crew, subject)
        except (asyncio.CancelledError, DeadlinePassed, InstanceDied, ReplyTooLarge) as error:
            await self._through(crew, subject)
            if isinstance(error, InstanceDied):
                meters.died.add(1, {"service": crew.service, "pool": crew.pool})
                crew.forget(waiting.instance)
            raise
        finally:
            self._inbox.close(subject)
        return answer

    async def _whole(self, reply: Reply, parcel: Parcel, deadline: float) -> Reply:
        if self._depot is None or parcel.size > BODY_LIMIT:
            raise ReplyTooLarge
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                body = await self._depot.fetch(parcel)
        except PartsLost as error:
            raise InstanceDied from error
        except TimeoutError as error:
            raise DeadlinePassed from error
        return msgspec.structs.replace(reply, body=body, parcel=None)

    async def _say(self, to: str, word: bytes, reply_to: str = "") -> None:
        """Raises NoInstance while the link is down: buffered, the exchange would run when its caller has gone."""
        if not self._nc.is_connected:
            raise NoInstance
        try:
            await self._nc.publish(to, word, reply=reply_to)
        except nats.errors.Error as error:
            raise NoInstance from error

    async def _through(self, crew: Crew, subject: str) -> None:
        """Tells all instances, since which one has it is often not known; each looks into a dictionary."""
        try:
            await self._say(crew.everyone, THROUGH + subject.encode())
        except NoInstance:
            return

    def _crew(self, service: str, pool: str) -> Crew:
        crew = self._crews.get((service, pool))
        if crew is None:
            crew = self._crews[service, pool] = Crew(service, pool)
            crew.inbox = self._inbox.open(crew)
        return crew
