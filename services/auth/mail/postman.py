"""Carries waiting letters to the SMTP server; several processes may, each letter is in one hand at a time."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from chassis import metrics, work
from chassis.clock import Clock
from chassis.postgres import UNAVAILABLE, Database
from chassis.settings import Secret
from chassis.vault import Vault
from services.auth.mail import outbox
from services.auth.mail.letters import Writer
from services.auth.mail.outbox import Claimed

logger = structlog.get_logger()

AT_ONCE: Final = 8
POLL_SECONDS: Final = 1.0
"""A nudge wakes the postman of the process that wrote the letter; the poll is for retries and for the dead."""

SMTP_SECONDS: Final = 20.0
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200, 21600))
"""After the last one the letter has failed, and a person should look."""

_failures = metrics.counter("mail.failed", description="Mails given up after the last try.")


class Server:
    """An SMTP server by URL: `smtp://host:port` (STARTTLS where offered) or `smtps://user:password@host:port`."""

    def __init__(self, url: Secret) -> None:
        parts = urlsplit(url.reveal())
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("the SMTP server is given as smtp://host:port or smtps://user:password@host:port")
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, message: EmailMessage) -> None:
        """Raises aiosmtplib.SMTPException or OSError."""
        await aiosmtplib.send(
            message,
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._secure,
            timeout=SMTP_SECONDS,
        )


class Postman:
    """The loop that empties the queue; `House.task` runs it."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, writer: Writer, server: Server) -> None:
        self._db, self._vault, self._clock = db, vault, clock
        self._writer, self._server = writer, server
        self._wake = asyncio.Event()

    async def run(self) -> None:
        self._db.on_nudge(self._wake.set)
        try:
            while True:
                try:
                    if await self.deliver():
                        continue
                except UNAVAILABLE as error:
                    logger.warning("mail.waiting", error=f"{type(error).__name__}: {error}")
                await self._pause()
        finally:
            self._db.off_nudge(self._wake.set)

    async def deliver(self) -> int:
        """Tries what is due now; returns how many letters were tried."""
        claimed = await outbox.claim(self._db, self._clock.now(), AT_ONCE)
        await asyncio.gather(*(self._carry(letter) for letter in claimed))
        return len(claimed)

    async def _carry(self, claimed: Claimed) -> None:
        with work.unit("mail.sent", kind="client", labels={"kind": claimed.kind}) as unit:
            unit.note(key=str(claimed.key), tries=claimed.tries)
            try:
                letter = outbox.unseal(self._vault, claimed)
                await self._server.send(self._writer.write(claimed, letter, self._clock.now()))
            except Exception as error:  # noqa: BLE001 - one letter that cannot be written must not hold up the others
                unit.outcome = "failed"
                unit.note(error=type(error).__name__)
                await self._failed(claimed, f"{type(error).__name__}: {error}"[:500])
            else:
                await outbox.sent(self._db, claimed.id, self._clock.now())

    async def _failed(self, claimed: Claimed, error: str) -> None:
        now = self._clock.now()
        if claimed.tries > len(PAUSES):
            _failures.add(1)
            await outbox.give_up(self._db, claimed.id, now, error)
        else:
            await outbox.postpone(self._db, claimed.id, now + PAUSES[claimed.tries - 1], error)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
