"""Receives every mail by SMTP and keeps each as a file, which any mail program opens too."""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

NAME = re.compile(r"[0-9TZ]{8,40}-[0-9a-f]{8}")
SHOWN = 200  # mails in a list


class Mail(msgspec.Struct, frozen=True):
    """A mail as it is shown; `to` is where it was delivered, whatever its header says."""

    name: str
    received: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str


class Mailbox:
    """The folder of received mails, newest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, content: bytes, recipients: list[str]) -> str:
        """Write a message, with a Delivered-To line for each recipient; the name under which it is found."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}"
        delivered = "".join(f"Delivered-To: {recipient}\r\n" for recipient in recipients).encode()
        attempt = self._folder / f".{name}"
        attempt.write_bytes(delivered + content)
        attempt.rename(self._path(name))
        return name

    def newest(self) -> Iterator[Mail]:
        """The latest mails."""
        for path in sorted(self._folder.glob("*.eml"), reverse=True)[:SHOWN]:
            yield _read(path.stem, path.read_bytes())

    def raw(self, name: str) -> bytes | None:
        """The message itself, or None."""
        path = self._path(name)
        return path.read_bytes() if NAME.fullmatch(name) and path.exists() else None

    def one(self, name: str) -> Mail | None:
        """One mail, or None."""
        content = self.raw(name)
        return None if content is None else _read(name, content)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.eml"


class Sink:
    """Accepts whatever it is given, from anyone, for anyone. Its method's name is aiosmtpd's."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        self._mailbox.keep(bytes(envelope.original_content or b""), list(envelope.rcpt_tos))
        return "250 kept"

    def protocol(self) -> SMTP:
        """One SMTP conversation."""
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True, ident="logi desk")


def _read(name: str, content: bytes) -> Mail:
    message = BytesParser(policy=policy.default).parsebytes(content)
    return Mail(
        name=name,
        received=f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}:{name[13:15]} UTC",
        sender=_header(message, "From"),
        to=[str(value) for value in message.get_all("Delivered-To", [])],
        subject=_header(message, "Subject"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError):  # the parser of headers trips over some hostile ones
        return "(unreadable)"


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    try:
        return bytes(payload).decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return bytes(payload).decode(errors="replace")
