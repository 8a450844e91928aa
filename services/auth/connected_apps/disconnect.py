"""Disconnecting one application: grant, consent and every token end, and the application hears of it."""

from chassis.events import announce
from chassis.problems import NotFound
from contracts.events.auth import UserUnlinked
from contracts.ids import new_event_id
from services.auth.connected_apps import store
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.tokens.revoke import revoke_app_tokens


async def disconnect(ground: Ground, user_id: int, client_id: str) -> None:
    """All of it in one transaction; of two at once, one announces. Raises NotFound where nothing was connected."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        sub = await store.sub_at(tx, user_id, client_id)
        if sub is None:
            raise NotFound("This application is not connected.")
        await revoke_app_tokens(tx, user_id, client_id)
        await outbox.disconnected(tx, sub, client_id, now)
        event = UserUnlinked(
            event_id=new_event_id(now),
            occurred_at=now,
            client_ids=(client_id,),
            sub=sub,
            canonical_sub=str(user_id),
            unlinked_at=now,
        )
        await announce(tx, event)
