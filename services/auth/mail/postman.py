"""Carries waiting letters to the SMTP server."""

from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from chassis import metrics, work
from chassis.clock import Clock
from chassis.courier import Courier, NotCarried
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.vault import Vault
from services.auth.mail import outbox
from services.auth.mail.letters import Writer
from services.auth.mail.outbox import Claimed

SMTP_SECONDS: Final = 20.0


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


class Postman(Courier[Claimed]):
    """For letters, which lie sealed until then."""

    name = "mail"
    failures = metrics.counter("mail.failed", description="Mails given up, after the last try or at once.")

    def __init__(self, db: Database, vault: Vault, clock: Clock, writer: Writer, server: Server) -> None:
        super().__init__(db, clock, outbox)
        self._vault, self._writer, self._server = vault, writer, server

    def unit(self, one: Claimed) -> work.unit:
        return work.unit("mail.sent", kind="client", labels={"kind": one.kind})

    async def carry(self, one: Claimed, unit: work.unit) -> None:
        unit.note(key=str(one.key))
        message = self._writer.write(one, outbox.unseal(self._vault, one), self._clock.now())
        try:
            await self._server.send(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotCarried(f"{type(error).__name__}: {error}"[:500]) from error
