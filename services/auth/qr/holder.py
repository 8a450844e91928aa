"""What the browser holds that shows a picture: its id and a nonce, sealed, so that no other browser can finish."""

import secrets
from hashlib import sha256
from typing import Self
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from chassis.vault import KeyUnknown, Vault
from services.auth.keys import material

_ABOUT = "qr"


class Holder(msgspec.Struct, frozen=True, array_like=True):
    """Which picture, and the nonce whose SHA-256 stands beside it."""

    id: UUID
    nonce: str

    @classmethod
    def new(cls, id: UUID) -> Self:  # noqa: A002 - the field's name
        return cls(id, secrets.token_urlsafe(32))

    @property
    def digest(self) -> bytes:
        return sha256(f"qr\0{self.nonce}".encode()).digest()

    def sealed(self, vault: Vault) -> str:
        """As it stands in the cookie (auth.md 2.4) or in the page of the widget: nobody but us can make one."""
        return material.encoded(vault.seal(msgspec.msgpack.encode(self), _ABOUT))


def opened(vault: Vault, sealed: str | None) -> Holder | None:
    """None for what we have not sealed."""
    if not sealed or len(sealed) > 400:
        return None
    try:
        return msgspec.msgpack.decode(vault.open(material.decoded(sealed), _ABOUT), type=Holder)
    except (ValueError, InvalidTag, KeyUnknown, msgspec.DecodeError):
        return None
