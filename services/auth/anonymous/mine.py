"""The devices of somebody who has signed in: each gets in by its secret alone, until its owner removes it."""

from datetime import datetime

from chassis.postgres import Tx
from chassis.problems import NotFound
from contracts.ids import APP_CLIENT_ID
from services.auth.anonymous import store
from services.auth.ground import Ground
from services.auth.standing import store as standing
from services.auth.tokens import revoke


async def remove(ground: Ground, user_id: int, device_id: int) -> None:
    """From the commit on it gets in by a sign-in alone. Raises NotFound for another's."""
    async with ground.db.transaction() as tx:
        await end(tx, user_id, device_id, ground.clock.now())


async def end(tx: Tx, user_id: int, device_id: int, now: datetime) -> None:
    """Secret and key go, and every token that the platform's app holds: which device has which nobody knows, and the
    others come back by their secrets. An account of nobody keeps its device. Raises NotFound.
    """
    # Device before tokens, as in merging.absorb.
    if not await store.forget_of(tx, user_id, device_id):
        raise NotFound
    await revoke.sign_out_of(tx, user_id, APP_CLIENT_ID, now)
    await standing.note(tx, user_id, "self", "auth.device.removed", {"device": device_id}, now)
