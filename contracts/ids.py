"""Identifiers and credentials as they look on the wire: their types, their shapes, how a new one is made."""

import re
import secrets
import zlib
from datetime import datetime
from typing import NewType

UserId = NewType("UserId", int)
Sub = NewType("Sub", str)
ApplicationId = NewType("ApplicationId", int)
ClientId = NewType("ClientId", str)
EventId = NewType("EventId", str)

CLIENT_ID = re.compile(r"logi_[0-9a-f]{32}")
EVENT_ID = re.compile(r"evt_[0-7][0-9A-HJKMNP-TV-Z]{25}")
PAK = re.compile(r"(?:lpa_pat_|logi_pak_)([0-9A-Za-z]{40})([0-9A-Za-z]{6})")

APP_CLIENT_ID = ClientId("logi_a9900000000000000000000000000001")
"""The platform's own app on phones and Macs. A client_id is public, so it is the same everywhere (auth.md 1.5)."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_client_id() -> ClientId:
    return ClientId("logi_" + secrets.token_hex(16))


def new_client_secret() -> str:
    """256 random bits, so that one SHA-256 is all the stretching it needs (ADR 6)."""
    return "logi_secret_" + secrets.token_hex(32)


def new_event_id(now: datetime) -> EventId:
    """`evt_` and a ULID: 48 bits of milliseconds, 80 random bits, Crockford's base 32."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return EventId("evt_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5)))


def new_pak() -> str:
    """A personal API key: `lpa_pat_`, 40 base-62 characters, and a checksum that finds typing errors offline."""
    return f"lpa_pat_{_checked_body()}"


def new_device_pak() -> str:
    """The key of a device, of the same shape after its own prefix (auth.md 1.5)."""
    return f"logi_pak_{_checked_body()}"


def is_pak(text: str) -> bool:
    """Whether `text` has the shape and checksum of a PAK of either kind; says nothing of whether it was ever issued."""
    match = PAK.fullmatch(text)
    return match is not None and match[2] == _checksum(match[1])


def _checked_body() -> str:
    body = "".join(secrets.choice(_BASE62) for _ in range(40))
    return body + _checksum(body)


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(6):
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return "".join(reversed(digits))
