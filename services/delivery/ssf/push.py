"""Tokens pushed one after the other (RFC 8935); a stream is in one process's hands at a time, under a lease."""

import asyncio
import secrets
from contextlib import suppress
from datetime import timedelta

import structlog

from chassis.events import announce
from chassis.outbound import Blocked, Outbound, OutboundFailed, UrlRefused
from chassis.postgres import UNAVAILABLE, Tx
from contracts import ids
from contracts.events.delivery import StreamPaused
from services.delivery.audit import store as audit
from services.delivery.audit.store import Line
from services.delivery.caller import SCHEDULE
from services.delivery.endpoints import store as endpoints
from services.delivery.ground import QUEUE, Ground
from services.delivery.ssf import mapping, store, transmit
from services.delivery.ssf.leases import store as leases
from services.delivery.ssf.store import Due, Stream
from services.delivery.ssf.token import Signer

logger = structlog.get_logger()

AT_ONCE = 32
"""Streams of one process; a slow one takes one place."""

BATCH = 50
TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 2.0
DRAIN_SECONDS = 5.0
LEASE = timedelta(seconds=7)
"""With the tick of a second, a dead process's streams are in other hands within ten."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)

FAILING_FOR = timedelta(days=5)
"""A stream that has done nothing but fail for so long is paused, as a webhook's endpoint is disabled."""

FINAL = (Blocked, UrlRefused)
"""Where trying again would ask the same forbidden thing."""


class Stuck(Exception):
    """The stream cannot go on now; `reason` says why, `final` that it cannot by itself."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.final = reason, final


class Transmitter:
    """Pushes for as long as the process lives; `drain` gives back what it holds."""

    def __init__(self, ground: Ground, signer: Signer, outbound: Outbound, worker: str) -> None:
        self._ground, self._signer, self._outbound, self._worker = ground, signer, outbound, worker
        self._held: dict[str, asyncio.Task[None]] = {}
        self._any = True
        self._woken = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        self._ground.db.on_nudge(self._woken.set, QUEUE)
        heartbeat = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                self._woken.clear()
                with suppress(*UNAVAILABLE):
                    self._any = await leases.any_pushed(self._ground.db)
                    await self._begin()
                await self._wait()
        finally:
            heartbeat.cancel()
            self._ground.db.off_nudge(self._woken.set)

    async def _wait(self) -> None:
        """Until there may be something to push; without any stream accepting is spared a look at them."""
        if not self._any and not self._stopping:
            await asyncio.sleep(TICK_SECONDS)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._woken.wait()

    async def drain(self) -> None:
        """Begins nothing more; what has not been acknowledged is sent again by whoever comes next."""
        self._stopping = True
        self._woken.set()
        if self._held:
            await asyncio.wait(self._held.values(), timeout=DRAIN_SECONDS)
        await leases.release(self._ground.db, self._worker)

    async def turn(self) -> None:
        """A batch of each stream that can be pushed to now; returns when all of them have ended."""
        await self._begin()
        await asyncio.gather(*self._held.values())

    async def _begin(self) -> None:
        free = AT_ONCE - len(self._held)
        if free <= 0:
            return
        now = self._ground.clock.now()
        for stream in await leases.claim(self._ground.db, self._worker, now, free, LEASE):
            self._held[stream.id] = asyncio.create_task(self._push(stream))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if self._held:
                try:
                    await leases.renew(self._ground.db, self._worker, list(self._held), self._ground.clock.now(), LEASE)
                except Exception:
                    # The next beat comes before the lease runs out; without any, streams would be pushed twice.
                    logger.warning("push.beat_missed", exc_info=True)

    async def _push(self, stream: Stream) -> None:
        try:
            try:
                await self._all(stream)
            except Stuck as stuck:
                await self._rest(stream, stuck)
            else:
                await leases.went_well(self._ground.db, self._worker, stream.id, self._ground.clock.now())
        except UNAVAILABLE as error:
            # Its lease runs out, and what was not acknowledged is sent again.
            logger.warning("ssf.push.waiting", error=f"{type(error).__name__}: {error}")
        except Exception as failure:
            logger.exception("ssf.push.failed", stream=stream.id)
            with suppress(*UNAVAILABLE):
                await self._rest(stream, Stuck(type(failure).__name__))
        finally:
            del self._held[stream.id]
            self._woken.set()

    async def _rest(self, stream: Stream, stuck: Stuck) -> None:
        """Later, or once its receiver says so; the events wait in both cases."""
        now = self._ground.clock.now()
        if not stuck.final and (stream.failing_since is None or stream.failing_since > now - FAILING_FOR):
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(stream.failures, 10))
            await leases.failed(self._ground.db, self._worker, stream.id, stuck.reason, now, pause)
            return
        told = {mapping.UPDATED: {"status": "paused", "reason": stuck.reason}}
        async with self._ground.db.transaction() as tx:
            if not await leases.pause(tx, self._worker, stream.id, stuck.reason):
                return
            await self._announce(tx, stream, stuck.reason)
            await store.note(tx, stream.id, f"upd_{secrets.token_hex(13)}", told, now)
            line = Line(
                actor=SCHEDULE,
                action="ssf_stream.paused",
                client_id=stream.client_id,
                subject=stream.id,
                detail={"reason": stuck.reason},
            )
            await audit.write(tx, line, now)

    async def _announce(self, tx: Tx, stream: Stream, reason: str) -> None:
        """To the owners, for whom nothing else would tell: the receiver hears nothing (SSF 1.0 section 8.1.5)."""
        now, application_id = self._ground.clock.now(), await endpoints.application_of(tx, stream.client_id)
        if application_id is None:
            return
        await announce(
            tx,
            StreamPaused(
                event_id=ids.new_event_id(now),
                occurred_at=now,
                client_id=stream.client_id,
                application_id=application_id,
                stream_id=stream.id,
                endpoint_url=stream.endpoint_url or "",
                reason=reason,
                paused_at=now,
            ),
        )

    async def _all(self, stream: Stream) -> None:
        """A batch, in order. Raises Stuck, with what went well before it acknowledged."""
        types = mapping.ours(stream.events_requested)
        due = await store.due(self._ground.db, stream, types, BATCH)
        done: list[str] = []
        try:
            for one in due:
                if self._stopping:
                    break
                await self._one(stream, one)
                done.append(one.jti)
        finally:
            if done or not due:
                async with self._ground.db.transaction() as tx:
                    await store.acknowledge(tx, stream, done, types)

    async def _one(self, stream: Stream, one: Due) -> None:
        """A 400 says that the token itself is refused (RFC 8935 section 2.4): sending it again would change nothing."""
        token = await transmit.token(self._ground, self._signer, stream, one)
        headers = [("Content-Type", "application/secevent+jwt"), ("Accept", "application/json")]
        if stream.sealed_authorization is not None:
            authorization = self._ground.vault.open(stream.sealed_authorization, stream.id).decode()
            headers.append(("Authorization", authorization))
        try:
            answer = await self._outbound.fetch(
                "POST", stream.endpoint_url or "", headers, token.encode(), owner=stream.id, max_body=1024
            )
        except OutboundFailed as failure:
            transmit.sent.add(1, {"method": "push", "result": "failed"})
            final = isinstance(failure, FINAL)
            raise Stuck("ssrf_blocked" if final else failure.reason, final=final) from failure
        if 200 <= answer.status <= 299 or answer.status == 400:
            transmit.sent.add(1, {"method": "push", "result": "sent" if answer.status != 400 else "refused"})
            return
        transmit.sent.add(1, {"method": "push", "result": "failed"})
        raise Stuck(f"http_{answer.status}")
