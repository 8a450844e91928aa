"""What a device has in its hands: a secret that proves it, and a key that is bound to it. Both are shown once."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

import msgspec

from chassis.postgres import Tx
from contracts.ids import APP_CLIENT_ID, new_device_pak
from contracts.scopes import ANONYMOUS_DEVICE_SCOPES, DEVICE_SCOPES
from services.auth.anonymous.refusals import InvalidDeviceSecret
from services.auth.anonymous.store import Device
from services.auth.api_keys import store as api_keys
from services.auth.api_keys.store import NewKey
from services.auth.principals import revocations


class DeviceKey(msgspec.Struct, frozen=True, kw_only=True):
    """`plain` exists here and in the one reply, nowhere else."""

    plain: str
    scopes: tuple[str, ...]


def new_secret() -> str:
    """256 random bits, so that their SHA-256 is enough to keep."""
    return f"logi_ds_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()


def prove(device: Device, secret: str | None) -> None:
    """Raises InvalidDeviceSecret."""
    shown = digest(secret or "")
    if not hmac.compare_digest(shown, device.secret_sha256) or not device.living:
        raise InvalidDeviceSecret


async def new_key(tx: Tx, device_id: int, user_id: int, *, anonymous: bool, now: datetime) -> DeviceKey:
    """A device has one key: the one before ends. It has no time of its own, it goes with the device."""
    if await api_keys.revoke_of_device(tx, device_id, now):
        await revocations.advance(tx)
    plain = new_device_pak()
    scopes = ANONYMOUS_DEVICE_SCOPES if anonymous else DEVICE_SCOPES
    new = NewKey(
        user_id=user_id,
        name="Device",
        sha256=sha256(plain.encode()).digest(),
        last4=plain[-4:],
        scopes=scopes,
        expires_at=None,
        device_id=device_id,
        client_id=APP_CLIENT_ID,
    )
    await api_keys.insert(tx, new, now)
    return DeviceKey(plain=plain, scopes=scopes)
