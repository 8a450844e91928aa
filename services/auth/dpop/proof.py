"""A DPoP proof: what it must be before anything is asked of Postgres (RFC 9449 section 4.3)."""

import hmac
import re
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from services.auth.keys import material
from services.auth.tokens import foreign
from services.auth.tokens.foreign import ForeignUnreadable

TYP: Final = "dpop+jwt"

WINDOW: Final = 60
"""Seconds that a proof's clock may be off, either way."""

LONGEST_JTI: Final = 256

_UNRESERVED: Final = re.compile(r"%([0-9A-Fa-f]{2})")


class ProofWrong(Exception):
    """The message says what, in words that may be told."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The request that the proof has to be made for."""

    method: str
    url: str
    """Scheme, host and path as the issuer names them, whatever the Host header says."""
    now: datetime
    access_token: str | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that fits its request; whether it was used before is not known yet."""

    jkt: str
    """RFC 7638 thumbprint of the key."""
    jti: str
    iat: int
    nonce: str | None

    @property
    def digest(self) -> bytes:
        """What it is remembered by."""
        return sha256(f"dpop\0{self.jkt}\0{self.jti}".encode()).digest()


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    jti: str
    htm: str
    htu: str
    iat: int | float
    nonce: str | None = None
    ath: str | None = None


def read(text: str, expected: Expected) -> Proof:
    """Raises ProofWrong."""
    try:
        found = foreign.read(text)
        if found.header.get("typ") != TYP:
            raise ProofWrong(f"typ has to be {TYP}")
        key = foreign.public_key(found.header.get("jwk"))
        foreign.verify(found, key)
        claims = msgspec.convert(found.claims, _Claims)
    except ForeignUnreadable as error:
        raise ProofWrong(str(error)) from None
    except msgspec.ValidationError:
        raise ProofWrong("jti, htm, htu and iat are needed") from None
    _fits(claims, expected)
    return Proof(jkt=key.thumbprint(), jti=claims.jti, iat=int(claims.iat), nonce=claims.nonce)


def _fits(claims: _Claims, expected: Expected) -> None:
    if not 0 < len(claims.jti) <= LONGEST_JTI:
        raise ProofWrong(f"jti has 1 to {LONGEST_JTI} characters")
    if claims.htm != expected.method:
        raise ProofWrong("htm is not the method of this request")
    if _address(claims.htu) != _address(expected.url):
        raise ProofWrong("htu is not the address of this request")
    if not abs(claims.iat - expected.now.timestamp()) <= WINDOW:
        raise ProofWrong(f"iat is more than {WINDOW} seconds away")
    if expected.access_token is not None:
        ath = material.encoded(sha256(expected.access_token.encode()).digest())
        if not hmac.compare_digest((claims.ath or "").encode(errors="replace"), ath.encode()):
            raise ProofWrong("ath is not the hash of the access token")


def _address(url: str) -> tuple[Any, ...]:
    """Scheme, host, port and path; query and fragment do not count (section 4.3)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        raise ProofWrong("htu is not an address") from None
    return parts.scheme, parts.hostname, port, _UNRESERVED.sub(_plain, parts.path) or "/"


def _plain(escaped: re.Match[str]) -> str:
    """RFC 3986 section 6.2.2: an escape that needs none is the letter itself, any other is written in capitals."""
    letter = chr(int(escaped[1], 16))
    return letter if re.fullmatch(r"[A-Za-z0-9._~-]", letter) else escaped[0].upper()
