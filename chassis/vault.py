"""Secrets that must be read back (webhook keys, private keys, seeds), encrypted at rest with AES-256-GCM.

A stored value names the version of its key-encryption key, so that keys can be rotated while old values are read.
"""

import base64
import hmac
import os
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from chassis.settings import Secret

NONCE_BYTES = 12


class KeyUnknown(Exception):
    """A stored secret names a key version that the settings do not hold."""


class Vault:
    """Seals and opens bytes; `about` binds a value to its place, so that a row's secret cannot be moved to another."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        self._keys, self._current = {version: AESGCM(key) for version, key in keys.items()}, current
        self._derive = HKDFExpand(SHA256(), 32, b"logi vault derive v1").derive(keys[current])

    @property
    def current(self) -> str:
        """The version that seals; each stored value begins with its own and a colon."""
        return self._current

    @classmethod
    def from_setting(cls, setting: Secret) -> Self:
        """Reads `v2:<base64 of 32 bytes>,v1:<…>`; the first one seals, all of them open."""
        keys = {}
        for part in setting.reveal().split(","):
            version, _, encoded = part.strip().partition(":")
            key = base64.b64decode(encoded, validate=True)
            if len(key) != 32 or not version:
                raise ValueError("a key-encryption key is `version:` and 32 bytes in base64")
            keys[version] = key
        return cls(keys, next(iter(keys)))

    def seal(self, plain: bytes, about: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, plain, about.encode())
        return self._current.encode() + b":" + nonce + sealed

    def open(self, stored: bytes, about: str) -> bytes:
        """Raises KeyUnknown, or cryptography's InvalidTag where the value was altered or moved."""
        version, _, rest = stored.partition(b":")
        key = self._keys.get(version.decode(errors="replace"))
        if key is None:
            raise KeyUnknown(version.decode(errors="replace"))
        if len(rest) < NONCE_BYTES:
            raise InvalidTag
        return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], about.encode())

    def derive(self, about: str) -> bytes:
        """32 bytes that only a holder of the newest key can work out: for what must come out the same again without
        being kept, and for digests of what is easily guessed.
        """
        return hmac.digest(self._derive, about.encode(), "sha256")
