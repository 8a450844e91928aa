"""The same device: it belongs to the other account, proves that by its secret, and its person is signed in here."""

from typing import Final
from uuid import UUID

import msgspec

from chassis.postgres import Tx
from services.auth.anonymous import devices
from services.auth.anonymous import store as device_store
from services.auth.anonymous.refusals import InvalidDeviceSecret
from services.auth.anonymous.store import Platform
from services.auth.ground import Ground
from services.auth.merging.merge import Proven
from services.auth.merging.proofs import store


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    device_uuid: UUID
    platform: Platform
    secret: str


async def proven(ground: Ground, requester_id: int, shown: Shown) -> Proven:
    """A device has one account at a time, so its secret says whose account it is. Raises InvalidDeviceSecret."""
    prefix: Final = f"t1:{shown.device_uuid}:"
    async with ground.db.transaction() as tx:
        known = await device_store.find(tx, shown.device_uuid, shown.platform)
    if known is None:
        before = await store.last_device_link(ground.db, requester_id, prefix)
        if before is None:
            raise InvalidDeviceSecret
        return Proven(target_id=before[0], via="t1_device_link", idempotency_key=before[1], spend=_nothing_left)
    devices.prove(known, shown.secret)

    async def still(tx: Tx) -> bool:
        """The device may have changed hands between the proof and the locks."""
        now_known = await device_store.find(tx, shown.device_uuid, shown.platform)
        return now_known is not None and now_known.user_id == known.user_id

    return Proven(
        target_id=known.user_id, via="t1_device_link", idempotency_key=f"{prefix}{known.user_id}", spend=still
    )


async def _nothing_left(_: Tx) -> bool:
    return False
