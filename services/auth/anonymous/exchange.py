"""The app's access token becomes the key of the device that it runs on (auth.md 1.5)."""

from datetime import datetime
from uuid import UUID

import msgspec

from chassis import work
from chassis.postgres import Tx
from chassis.problems import Unauthorized
from chassis.races import retried
from contracts.ids import APP_CLIENT_ID
from contracts.principal import AccessToken
from services.auth.accounts import store as accounts
from services.auth.anonymous import devices, store
from services.auth.anonymous.devices import DeviceKey
from services.auth.anonymous.refusals import AppTokenNeeded, DeviceClaimedByOtherUser
from services.auth.anonymous.store import NewDevice, Platform
from services.auth.ground import Ground


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    device_uuid: UUID
    platform: Platform
    secret: str | None = None


class Exchanged(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` only where the device is new."""

    key: DeviceKey
    device_id: int
    secret: str | None = None


async def for_key(ground: Ground, caller: AccessToken, wish: Wish) -> Exchanged:
    """Raises AppTokenNeeded, DeviceClaimedByOtherUser, InvalidDeviceSecret, Unauthorized."""
    user_id, now = of_the_app(caller), ground.clock.now()

    async def exchanged() -> Exchanged:
        async with ground.db.transaction() as tx:
            account = await accounts.lock(tx, user_id)
            if account is None or not account.living:
                raise Unauthorized
            device_id, secret = await _device(tx, user_id, wish, now)
            key = await devices.new_key(tx, device_id, user_id, anonymous=account.anonymous, now=now)
        return Exchanged(key=key, device_id=device_id, secret=secret)

    with work.unit("device_key.exchanged") as unit:
        unit.note(user_id=user_id)
        return await retried(exchanged)


def of_the_app(caller: AccessToken) -> int:
    """The person whose token of the platform's app this is. Raises AppTokenNeeded."""
    if caller.user_id is None or caller.client_id != APP_CLIENT_ID or caller.audience != APP_CLIENT_ID:
        raise AppTokenNeeded
    return caller.user_id


async def _device(tx: Tx, user_id: int, wish: Wish, now: datetime) -> tuple[int, str | None]:
    """Its id, and its secret where it is new."""
    known = await store.find(tx, wish.device_uuid, wish.platform)
    if known is not None and known.deleted:
        await store.forget(tx, known.id)
        known = None
    if known is not None:
        if known.user_id != user_id:
            raise DeviceClaimedByOtherUser
        devices.prove(known, wish.secret)
        await store.used(tx, known.id, now)
        return known.id, None
    secret = devices.new_secret()
    new = NewDevice(
        user_id=user_id,
        device_uuid=wish.device_uuid,
        platform=wish.platform,
        name=None,
        secret_sha256=devices.digest(secret),
    )
    device_id = await store.insert(tx, new, now)
    if device_id is None:
        raise DeviceClaimedByOtherUser
    return device_id, secret
