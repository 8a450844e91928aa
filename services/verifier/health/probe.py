"""One look at one relying party: a signed question, a second one after a pause where that may help (B2, B5)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Final

from chassis import trace
from chassis.clock import Clock
from chassis.outbound import Outbound, OutboundFailed
from chassis.settings import Secret
from services.verifier.health import judge, sign
from services.verifier.health.judge import Asked, Observation
from services.verifier.health.secrets import Secrets
from services.verifier.health.target import Target

CONNECT_TIMEOUT: Final = timedelta(seconds=3)
TOTAL_TIMEOUT: Final = timedelta(seconds=8)
PAUSE_SECONDS: Final = 10.0

Slot = Callable[[], AbstractAsyncContextManager[object]]


@asynccontextmanager
async def at_once() -> AsyncIterator[None]:
    """The slot of a probe that somebody waits for."""
    yield


class Caller:
    """Puts the question; decides nothing about what stands."""

    def __init__(self, outbound: Outbound, clock: Clock, pause: float = PAUSE_SECONDS) -> None:
        self._outbound, self._clock, self._pause = outbound, clock, pause

    async def observe(self, target: Target, client_id: str, secrets: Secrets, slot: Slot = at_once) -> Observation:
        """Takes 34 s at most, of which the pause holds no slot."""
        async with slot():
            seen = await self._ask(target, client_id, secrets)
        if not seen.passing:
            return seen
        await asyncio.sleep(self._pause)
        async with slot():
            return await self._ask(target, client_id, secrets)

    async def _ask(self, target: Target, client_id: str, secrets: Secrets) -> Observation:
        seen = await self._once(target, client_id, secrets.current)
        if seen.reason != "signature_rejected" or secrets.previous is None:
            return seen
        older = await self._once(target, client_id, secrets.previous)
        if older.colour not in ("green", "yellow") or older.reason in ("signature_rejected", "throttled"):
            return seen
        return Observation(colour="yellow", reason="old_secret", latency_ms=older.latency_ms, drift_s=older.drift_s)

    async def _once(self, target: Target, client_id: str, secret: Secret) -> Observation:
        asked = Asked(client_id=client_id, timestamp=int(self._clock.now().timestamp()), secret=secret)
        with trace.span("health.ask", attributes={"server.address": target.host}) as span:
            seen = await self._judged(target, asked)
            span.attribute("health.colour", seen.colour)
            span.attribute("health.reason", seen.reason)
        return seen

    async def _judged(self, target: Target, asked: Asked) -> Observation:
        headers = (
            ("User-Agent", "logi-healthcheck/1.0"),
            ("Accept", "application/json"),
            ("X-Logi-Timestamp", str(asked.timestamp)),
            ("X-Logi-Client-Id", asked.client_id),
            ("X-Logi-Signature", sign.signature(asked.secret, asked.timestamp, asked.client_id)),
        )
        try:
            found = await self._outbound.fetch(
                "GET",
                target.url,
                headers,
                max_body=judge.MAX_BYTES,
                connect_timeout=CONNECT_TIMEOUT,
                total_timeout=TOTAL_TIMEOUT,
            )
        except OutboundFailed as failed:
            return judge.failure(failed)
        return judge.answer(asked, found, self._clock.now())
