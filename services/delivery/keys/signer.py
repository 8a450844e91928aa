"""What signs one application's webhooks at dispatch: its active keys, opened for a batch, and the platform's own."""

import base64
from typing import Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.settings import Secret
from services.delivery.dispatch.store import Claimed
from services.delivery.keys.ring import PrivateKey
from services.delivery.keys.store import Signing, SigningKey
from services.delivery.signing import sign


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """`keys` holds the signing key first, then those that receivers still accept."""

    keys: tuple[SigningKey, ...] = ()
    webhook_secret: Secret | None = None
    webhook_secret_is_first: bool = False
    """Never rotated: the deprecation headers tell so (delivery.md 9.4)."""
    asymmetric: Ed25519PrivateKey | None = None
    """Where the application asked for `v1a`."""

    @classmethod
    def of(cls, signing: Signing, asymmetric: PrivateKey | None) -> Self:
        """`asymmetric` is the platform's key, where the application asked for it."""
        return cls(
            keys=signing.keys,
            webhook_secret=signing.webhook_secret,
            webhook_secret_is_first=signing.rotated_at is None,
            asymmetric=asymmetric if isinstance(asymmetric, Ed25519PrivateKey) else None,
        )

    def renewed(self, row: Claimed) -> Claimed:
        """The row, signed again if the key of its signature has ended (delivery.md 9.2); the payload is as it was."""
        if row.form == "legacy":
            if row.signature is not None or self.webhook_secret is None:
                return row
            return msgspec.structs.replace(row, signature=sign.mac(self.webhook_secret, row.raw_payload))
        if row.signature is not None and any(key.kid == row.kid for key in self.keys):
            return row
        if not self.keys:
            return msgspec.structs.replace(row, signature=None, kid=None)
        key = self.keys[0]
        return msgspec.structs.replace(row, kid=key.kid, signature=sign.mac(key.secret, row.raw_payload))

    def standard(self, event_id: str, timestamp: int, body: bytes) -> str:
        """The value of `webhook-signature`: one for each active key, separated by spaces (delivery.md 4.5)."""
        found = [sign.standard(key.secret, event_id, timestamp, body) for key in self.keys]
        if self.asymmetric is not None:
            signed = sign.standard_content(event_id, timestamp, body)
            found.append("v1a," + base64.b64encode(self.asymmetric.sign(signed)).decode())
        return " ".join(found)


NOBODY = Signer()
