"""Taking back everything in one act, from one application or from all of them (auth.md 6.7)."""

from chassis.events import announce
from chassis.problems import NotFound
from contracts.events.auth import UserGrantsRevoked
from contracts.ids import new_event_id
from services.auth.connected_apps import store
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.tokens import revoke


async def grants(ground: Ground, user_id: int, client_id: str | None = None) -> None:
    """Each application hears of it once, as `user.grants_revoked`. Raises NotFound where the named one holds nothing.

    Without `client_id` it is about all of them, and having none is no failure.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        held = await store.held(tx, user_id, client_id)
        if not held and client_id is not None:
            raise NotFound("This application is not connected.")
        for grant in held:
            await revoke.revoke_app_tokens(tx, user_id, grant.client_id)
            await outbox.disconnected(tx, grant.sub, grant.client_id, now)
            event = UserGrantsRevoked(
                event_id=new_event_id(now),
                occurred_at=now,
                client_ids=(grant.client_id,),
                sub=grant.sub,
                canonical_sub=str(user_id),
                revoked_grant_ids=(grant.id,),
                reason="user_request",
                revoked_at=now,
            )
            await announce(tx, event)
        if client_id is None:
            # What never needed a grant ends as well.
            await revoke.all_of_person(tx, user_id, "grants_revoked", now)
