"""The platform's own keys, Ed25519 for `v1a` and RS256 for security event tokens: made when first needed."""

import base64
import hashlib
import itertools
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.postgres import Database, Tx
from chassis.vault import Vault
from services.delivery.keys.platform import store
from services.delivery.keys.platform.store import PlatformKey

Purpose = Literal["webhook", "set"]
PrivateKey = Ed25519PrivateKey | rsa.RSAPrivateKey

LEAD = timedelta(hours=24)
"""Receivers may keep a key list this long; a key is published so long before it signs."""

PERIOD = timedelta(days=90)
KEPT = timedelta(days=40)
"""After its last signature a key stays published longer than anything signed with it is retried or polled."""

FRESH_SECONDS = 60.0
_THUMBPRINT_MEMBERS = {"OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


class Ring:
    """The keys of one purpose at hand in this process, read anew each minute."""

    def __init__(self, db: Database, vault: Vault, purpose: Purpose) -> None:
        self._db, self._vault, self._purpose = db, vault, purpose
        self._read_at: datetime | None = None
        self._keys: list[PlatformKey] = []
        self._opened: dict[str, PrivateKey] = {}

    async def current(self, now: datetime) -> tuple[str, PrivateKey]:
        """The key that signs now, and its id; the first one is made by whoever needs it first."""
        keys = await self._fresh(now)
        key = max((key for key in keys if key.active_from <= now), key=lambda key: key.active_from)
        if key.kid not in self._opened:
            self._opened[key.kid] = _read(self._vault.open(key.sealed_private, key.kid))
        return key.kid, self._opened[key.kid]

    async def published(self, now: datetime) -> list[dict[str, Any]]:
        """The members `keys` of a JWKS (RFC 7517), the youngest first."""
        return [key.public_jwk for key in await self._fresh(now)]

    async def _fresh(self, now: datetime) -> list[PlatformKey]:
        if self._read_at is None or (now - self._read_at).total_seconds() > FRESH_SECONDS:
            async with self._db.transaction() as tx:
                self._keys = await self._kept(tx, now)
            self._read_at = now
        return self._keys

    async def _kept(self, tx: Tx, now: datetime) -> list[PlatformKey]:
        """Makes what is due; two processes take turns."""
        keys = await store.living(tx, self._purpose)
        if not keys or keys[0].active_from + PERIOD <= now + LEAD:
            await store.take_turns(tx)
            keys = await store.living(tx, self._purpose)
            if not keys or keys[0].active_from + PERIOD <= now + LEAD:
                made = _new(self._purpose, self._vault, now, now + LEAD if keys else now)
                await store.insert(tx, made)
                keys = [made, *keys]
        outlived = [old.kid for new, old in itertools.pairwise(keys) if new.active_from + KEPT <= now]
        if outlived:
            await store.remove(tx, outlived)
        return [key for key in keys if key.kid not in outlived]


def _new(purpose: Purpose, vault: Vault, now: datetime, active_from: datetime) -> PlatformKey:
    private: PrivateKey
    if purpose == "webhook":
        private = Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        jwk: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": encoded(raw)}
    else:
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = private.public_key().public_numbers()
        jwk = {"kty": "RSA", "alg": "RS256", "e": _number(numbers.e), "n": _number(numbers.n)}
    kid = thumbprint(jwk)
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PlatformKey(
        kid=kid,
        purpose=purpose,
        sealed_private=vault.seal(der, kid),
        public_jwk={"use": "sig", "kid": kid, **jwk},
        created_at=now,
        active_from=active_from,
    )


def _read(der: bytes) -> PrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, Ed25519PrivateKey | rsa.RSAPrivateKey):
        raise TypeError("a key of the platform is Ed25519 or RSA")
    return key


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638, SHA-256."""
    members = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    return encoded(hashlib.sha256(msgspec.json.encode(members, order="sorted")).digest())


def encoded(raw: bytes) -> str:
    """base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(number: int) -> str:
    return encoded(number.to_bytes((number.bit_length() + 7) // 8, "big"))
