"""Carries logout tokens to applications through the guarded client; several processes may, each notice in one hand."""

import asyncio
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import structlog

from chassis import metrics, work
from chassis.outbound import Blocked, Outbound, OutboundFailed, RedirectNotFollowed, UrlRefused
from chassis.postgres import UNAVAILABLE
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.logout.outbox import Claimed
from services.auth.tokens import mint

logger = structlog.get_logger()

AT_ONCE: Final = 16
POLL_SECONDS: Final = 1.0
ANSWER_BYTES: Final = 1024
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200))
"""After the last one the notice has failed: nobody there has been listening for hours."""

FINAL: Final = (Blocked, UrlRefused, RedirectNotFollowed)
"""Where trying again would ask the same forbidden thing."""

_HEADERS: Final = (("Content-Type", "application/x-www-form-urlencoded"), ("Cache-Control", "no-store"))
_failures = metrics.counter("logout.failed", description="Logout tokens given up, after the last try or at once.")


class Refused(Exception):
    """The application answered, but not with success."""


class Courier:
    """The loop that empties the outbox; `House.task` runs it."""

    def __init__(self, ground: Ground, outbound: Outbound) -> None:
        self._ground, self._outbound = ground, outbound
        self._wake = asyncio.Event()

    async def run(self) -> None:
        self._ground.db.on_nudge(self._wake.set)
        try:
            while True:
                try:
                    if await self.deliver():
                        continue
                except UNAVAILABLE as error:
                    logger.warning("logout.waiting", error=f"{type(error).__name__}: {error}")
                await self._pause()
        finally:
            self._ground.db.off_nudge(self._wake.set)

    async def deliver(self) -> int:
        """Tries what is due now; returns how many notices were tried."""
        claimed = await outbox.claim(self._ground.db, self._ground.clock.now(), AT_ONCE)
        await asyncio.gather(*(self._carry(notice) for notice in claimed))
        return len(claimed)

    async def _carry(self, notice: Claimed) -> None:
        with work.unit("logout.sent", kind="client") as unit:
            unit.note(key=str(notice.key), client_id=notice.client_id, tries=notice.tries)
            try:
                if notice.uri is not None:
                    await self._post(notice, notice.uri)
            except (OutboundFailed, Refused) as error:
                unit.outcome = "failed"
                reason = error.reason if isinstance(error, OutboundFailed) else str(error)
                unit.note(reason=reason)
                await self._failed(notice, reason, final=isinstance(error, FINAL))
            else:
                await outbox.sent(self._ground.db, notice.id, self._ground.clock.now())

    async def _post(self, notice: Claimed, uri: str) -> None:
        """A token is signed for each try: it lives for two minutes. Raises OutboundFailed, Refused."""
        key, now = await self._ground.ring.signing("own"), self._ground.clock.now()
        token = mint.logout_token(key, self._ground.issuer, notice, now)
        body = urlencode({"logout_token": token}).encode()
        answer = await self._outbound.fetch("POST", uri, _HEADERS, body, owner=notice.client_id, max_body=ANSWER_BYTES)
        if answer.status not in {200, 204}:
            raise Refused(f"status {answer.status}")

    async def _failed(self, notice: Claimed, reason: str, *, final: bool) -> None:
        db, now = self._ground.db, self._ground.clock.now()
        if final or notice.tries > len(PAUSES):
            _failures.add(1)
            await outbox.give_up(db, notice.id, now, reason)
        else:
            await outbox.postpone(db, notice.id, now + PAUSES[notice.tries - 1], reason)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
