"""The keys at hand in this process: which one signs now, which ones are published, which one a `kid` names.

Read anew each minute. Because a key is published a day before it signs, a ring a minute old never signs with a key
that a verifier cannot have.
"""

from typing import Any

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from chassis.vault import Vault
from services.auth.keys import material, store
from services.auth.keys.store import Purpose, StoredKey

FRESH_SECONDS = 60.0

UNKNOWN_SECONDS = 1.0
"""A kid that is not at hand may be a minute younger than the ring: look once more, but not for every forgery."""


class NoSigningKey(RuntimeError):
    """`keys.make.first` has not run."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An opened key."""

    stored: StoredKey
    private: Any
    """A private key of cryptography; see material.PrivateKey."""

    @property
    def kid(self) -> str:
        return self.stored.kid

    @property
    def algorithm(self) -> str:
        return self.stored.algorithm


class Ring:
    """Reads and opens the keys of one database."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db, self._vault, self._clock = db, vault, clock
        self._keys: dict[str, Key] = {}
        self._read_at: float | None = None

    async def signing(self, purpose: Purpose) -> Key:
        """The key of this purpose whose time has come last. Raises NoSigningKey."""
        await self._refresh(FRESH_SECONDS)
        now = self._clock.now()
        for key in self._keys.values():  # newest first
            if key.stored.purpose == purpose and key.stored.active_from <= now:
                return key
        raise NoSigningKey(purpose)

    async def named(self, kid: str) -> Key | None:
        """The published key of this `kid`."""
        await self._refresh(FRESH_SECONDS)
        if kid not in self._keys:
            await self._refresh(UNKNOWN_SECONDS)
        return self._keys.get(kid)

    async def jwks(self, first: Purpose) -> dict[str, Any]:
        """The JWK Set of all published keys (RFC 7517 section 5): the keys of the purpose `first` before the
        others, and of each purpose the one that signs, the next ones, the previous ones (management-api.md 1.2).
        """
        await self._refresh(FRESH_SECONDS)
        now = self._clock.now()
        signed = [key for key in self._keys.values() if key.stored.active_from <= now]  # newest first
        current = {key.stored.purpose: key.kid for key in reversed(signed)}.values()
        previous = {key.kid for key in signed} - set(current)
        ordered = sorted(
            self._keys.values(),
            key=lambda key: (key.stored.purpose != first, key.kid not in current, key.kid in previous),
        )
        return {"keys": [key.stored.public_jwk for key in ordered]}

    async def _refresh(self, age: float) -> None:
        now = self._clock.monotonic()
        if self._read_at is not None and now - self._read_at < age:
            return
        kept = self._keys
        self._keys = {
            stored.kid: kept.get(stored.kid) or Key(stored=stored, private=self._open(stored))
            for stored in await store.living(self._db)
        }
        self._read_at = now

    def _open(self, stored: StoredKey) -> material.PrivateKey:
        return material.read(self._vault.open(stored.private_key, about(stored.kid)))


def about(kid: str) -> str:
    """What binds a sealed private key to its row."""
    return f"signing_keys/{kid}"
