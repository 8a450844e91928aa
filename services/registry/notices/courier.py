"""Carries waiting notices to the operator's chat tools."""

from typing import Final

import aiohttp

from chassis import courier, metrics, work
from chassis.courier import NotCarried
from services.registry.ground import Ground
from services.registry.notices import store
from services.registry.notices.store import Notice

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


class Courier(courier.Courier[Notice]):
    """For Telegram, and for whatever takes a webhook. Either address holds a secret, so it is never told."""

    name = "notice"
    failures = metrics.counter("notice.failed", description="Notices given up, after the last try or at once.")

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground.db, ground.clock, store)
        self._ground = ground

    def unit(self, one: Notice) -> work.unit:
        return work.unit("notice.sent", kind="client", labels={"channel": one.channel})

    async def carry(self, one: Notice, unit: work.unit) -> None:
        unit.note(key=str(one.key))
        text = self._ground.vault.open(one.sealed, f"notice/{one.key}").decode()
        url, body = self._addressed(one, text)
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as http,
                http.post(url, json=body, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, OSError) as error:
            raise NotCarried(type(error).__name__) from error
        if not 200 <= status < 300:
            raise NotCarried(f"status {status}")

    def _addressed(self, notice: Notice, text: str) -> tuple[str, dict[str, str]]:
        config = self._ground.settings
        if notice.channel == "telegram":
            if config.telegram_bot_token is None or config.telegram_chat_id is None:
                raise NotCarried("no Telegram bot is configured any more")
            url = f"{config.telegram_api.rstrip('/')}/bot{config.telegram_bot_token.reveal()}/sendMessage"
            return url, {"chat_id": config.telegram_chat_id, "text": text}
        if config.operator_webhook_url is None:
            raise NotCarried("no webhook is configured any more")
        return config.operator_webhook_url.reveal(), {"text": text}
