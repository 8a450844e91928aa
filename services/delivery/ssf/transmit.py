"""Tokens on their way: polled with acknowledgements (RFC 8936), or pushed one after the other (RFC 8935)."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from chassis import metrics
from chassis.outbound import Outbound, OutboundFailed
from chassis.postgres import UNAVAILABLE
from services.delivery.ground import Ground
from services.delivery.polling.wake import Waiting
from services.delivery.ssf import mapping, store
from services.delivery.ssf.store import Due, Stream
from services.delivery.ssf.token import Signer

logger = structlog.get_logger()

MOST_POLLED = 100
AT_ONCE = 8
BATCH = 50
TICK_SECONDS = 1.0
LEASE = timedelta(seconds=30)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
WAIT_SECONDS = 30

_sent = metrics.counter("delivery.ssf.tokens", description="Security event tokens, by method and outcome.")


class Polled(msgspec.Struct):
    sets: dict[str, str]
    more_available: bool = msgspec.field(name="moreAvailable")


async def poll(
    ground: Ground,
    signer: Signer,
    stream: Stream,
    acknowledged: Sequence[str],
    most: int,
    waiting: Waiting | None,
) -> Polled:
    """Acknowledges, then answers what is left; with `waiting`, only when there is something or the time is over."""
    types = mapping.ours(stream.events_requested)
    if acknowledged:
        async with ground.db.transaction() as tx:
            await store.acknowledge(tx, stream, acknowledged, types)
    if stream.status != "enabled" or most == 0:
        return Polled({}, False)
    limit = min(most, MOST_POLLED)
    due = await store.due(ground.db, stream, types, limit + 1)
    if not due and waiting is not None:
        async for _ in waiting.turns(stream.client_id, WAIT_SECONDS):
            due = await store.due(ground.db, stream, types, limit + 1)
            if due:
                break
    sets = {one.jti: await _token(ground, signer, stream, one) for one in due[:limit]}
    _sent.add(len(sets), {"method": "poll", "result": "sent"})
    return Polled(sets, len(due) > limit)


class Transmitter:
    """Pushes for as long as the process lives; a stream is in one process's hands at a time."""

    def __init__(self, ground: Ground, signer: Signer, outbound: Outbound, worker: str) -> None:
        self._ground, self._signer, self._outbound, self._worker = ground, signer, outbound, worker
        self._woken = asyncio.Event()

    async def run(self) -> None:
        self._ground.db.on_nudge(self._woken.set)
        try:
            while True:
                self._woken.clear()
                with suppress(*UNAVAILABLE):
                    await self.turn()
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS):
                        await self._woken.wait()
        finally:
            self._ground.db.off_nudge(self._woken.set)

    async def turn(self) -> None:
        now = self._ground.clock.now()
        streams = await store.claim(self._ground.db, self._worker, now, AT_ONCE, LEASE)
        await asyncio.gather(*(self._push(stream) for stream in streams))

    async def _push(self, stream: Stream) -> None:
        error: str | None = None
        try:
            error = await self._all(stream)
        except Exception as failure:
            logger.exception("ssf.push.failed", stream=stream.id)
            error = type(failure).__name__
        failures = 0 if error is None else stream.failures + 1
        pause = timedelta() if error is None else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        next_try_at = self._ground.clock.now() + pause
        await store.let_go(self._ground.db, self._worker, stream.id, failures, next_try_at, error)

    async def _all(self, stream: Stream) -> str | None:
        """Why the stream cannot go on now, None where a batch went well."""
        types = mapping.ours(stream.events_requested)
        due = await store.due(self._ground.db, stream, types, BATCH)
        done: list[str] = []
        error = None
        for one in due:
            error = await self._one(stream, one)
            if error is not None:
                break
            done.append(one.jti)
        if done or not due:
            async with self._ground.db.transaction() as tx:
                await store.acknowledge(tx, stream, done, types)
        return error

    async def _one(self, stream: Stream, one: Due) -> str | None:
        """A 400 says that the token itself is refused (RFC 8935 section 2.4): sending it again would change nothing."""
        token = await _token(self._ground, self._signer, stream, one)
        headers = [("Content-Type", "application/secevent+jwt"), ("Accept", "application/json")]
        if stream.sealed_authorization is not None:
            authorization = self._ground.vault.open(stream.sealed_authorization, stream.id).decode()
            headers.append(("Authorization", authorization))
        try:
            answer = await self._outbound.fetch(
                "POST", stream.endpoint_url or "", headers, token.encode(), owner=stream.id, max_body=1024
            )
        except OutboundFailed as failure:
            _sent.add(1, {"method": "push", "result": "failed"})
            return failure.reason
        if 200 <= answer.status <= 299 or answer.status == 400:
            _sent.add(1, {"method": "push", "result": "sent" if answer.status != 400 else "refused"})
            return None
        _sent.add(1, {"method": "push", "result": "failed"})
        return f"http_{answer.status}"


async def _token(ground: Ground, signer: Signer, stream: Stream, one: Due) -> str:
    now = ground.clock.now()
    if one.event_type is None:
        subject = {"format": "opaque", "id": stream.id}
        return await signer.token(one.jti, stream.client_id, subject, one.events or {}, one.occurred_at, now)
    data: dict[str, Any] = msgspec.json.decode(one.body or b"{}")["data"]
    subject = mapping.subject(one.event_type, data, signer.issuer)
    events = mapping.events(one.event_type, data, one.occurred_at)
    return await signer.token(one.jti, stream.client_id, subject, events, one.occurred_at, now)
