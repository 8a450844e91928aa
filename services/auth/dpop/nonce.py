"""Nonces that the server gives (RFC 9449 section 8): a sealed moment, so that every process knows its own.

They keep a proof from being made in advance by someone who holds the key for a moment.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag

from chassis.vault import KeyUnknown, Vault

LIFETIME: Final = timedelta(minutes=5)

_ABOUT = "dpop/nonce"
_LONGEST = 200


def new(vault: Vault, now: datetime) -> str:
    sealed = vault.seal(int(now.timestamp()).to_bytes(8, "big"), _ABOUT)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def lives(vault: Vault, shown: str | None, now: datetime) -> bool:
    """Whether it is one of ours and young enough."""
    if shown is None or len(shown) > _LONGEST:
        return False
    try:
        sealed = base64.b64decode(shown + "=" * (-len(shown) % 4), altchars=b"-_", validate=True)
        made = int.from_bytes(vault.open(sealed, _ABOUT), "big")
    except (binascii.Error, ValueError, KeyUnknown, InvalidTag):
        return False
    return 0 <= now.timestamp() - made <= LIFETIME.total_seconds()
