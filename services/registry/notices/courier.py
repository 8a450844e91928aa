"""Carries waiting notices to the operator's chat tools; several processes may, each notice is in one hand at a time."""

import asyncio
from datetime import timedelta
from typing import Final

import aiohttp
import structlog

from chassis import metrics, work
from chassis.postgres import UNAVAILABLE
from services.registry.ground import Ground
from services.registry.notices import store
from services.registry.notices.store import Notice

logger = structlog.get_logger()

POLL_SECONDS: Final = 1.0
AT_ONCE: Final = 8
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200, 21600))
"""After the last one the notice has failed, and a person should look."""

_failures = metrics.counter("notice.failed", description="Notices given up after the last try.")


class NotTaken(Exception):
    """The chat tool answered with another status than 2xx. Its address holds a secret, so it is never told."""


class Courier:
    """The loop that empties the queue; `House.task` runs it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._wake = asyncio.Event()

    async def run(self) -> None:
        db = self._ground.db
        db.on_nudge(self._wake.set)
        try:
            while True:
                try:
                    if await self.deliver():
                        continue
                except UNAVAILABLE as error:
                    logger.warning("notice.waiting", error=f"{type(error).__name__}: {error}")
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    continue
                self._wake.clear()
        finally:
            db.off_nudge(self._wake.set)

    async def deliver(self) -> int:
        """Tries what is due now; returns how many were tried."""
        claimed = await store.claim(self._ground.db, self._ground.clock.now(), AT_ONCE)
        if claimed:
            async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as http:
                await asyncio.gather(*(self._carry(http, notice) for notice in claimed))
        return len(claimed)

    async def _carry(self, http: aiohttp.ClientSession, notice: Notice) -> None:
        db, clock = self._ground.db, self._ground.clock
        with work.unit("notice.sent", kind="client", labels={"channel": notice.channel}) as unit:
            unit.note(key=str(notice.key), tries=notice.tries)
            try:
                await self._post(http, notice)
            except Exception as error:  # noqa: BLE001 - one notice that cannot be sent must not hold up the others
                unit.outcome = "failed"
                # An aiohttp error may tell the address, and the address holds the bot's token.
                told = str(error) if isinstance(error, NotTaken) else type(error).__name__
                unit.note(error=told)
                await self._failed(notice, told)
            else:
                await store.sent(db, notice.id, clock.now())

    async def _post(self, http: aiohttp.ClientSession, notice: Notice) -> None:
        text = self._ground.vault.open(notice.sealed, f"notice/{notice.key}").decode()
        url, body = self._addressed(notice, text)
        async with http.post(url, json=body, allow_redirects=False) as answer:
            if not 200 <= answer.status < 300:
                raise NotTaken(f"status {answer.status}")

    def _addressed(self, notice: Notice, text: str) -> tuple[str, dict[str, str]]:
        config = self._ground.settings
        if notice.channel == "telegram":
            if config.telegram_bot_token is None or config.telegram_chat_id is None:
                raise NotTaken("no Telegram bot is configured any more")
            url = f"{config.telegram_api.rstrip('/')}/bot{config.telegram_bot_token.reveal()}/sendMessage"
            return url, {"chat_id": config.telegram_chat_id, "text": text}
        if config.operator_webhook_url is None:
            raise NotTaken("no webhook is configured any more")
        return config.operator_webhook_url.reveal(), {"text": text}

    async def _failed(self, notice: Notice, error: str) -> None:
        now = self._ground.clock.now()
        if notice.tries > len(PAUSES):
            _failures.add(1)
            await store.give_up(self._ground.db, notice.id, now, error)
        else:
            await store.postpone(self._ground.db, notice.id, now + PAUSES[notice.tries - 1], error)
