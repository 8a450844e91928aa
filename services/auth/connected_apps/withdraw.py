"""Taking one permission back from an application, and leaving it the others (auth.md 6.7)."""

from chassis.events import announce
from chassis.problems import NotFound, Problem
from contracts.events.auth import ConsentRevoked
from contracts.ids import new_event_id
from contracts.scopes import names_of
from services.auth.connected_apps import store
from services.auth.ground import Ground
from services.auth.tokens import revoke


class LastScope(Problem):
    """Nothing would remain, and an application that may see nothing is to be disconnected."""

    status, code = 409, "last_scope"
    default_detail = "This is the only permission left; disconnect the application instead."


async def scope(ground: Ground, user_id: int, client_id: str, name: str) -> None:
    """Tokens that carry the scope end, and the application hears of it; of two at once, one finds it.

    Raises NotFound where it is not granted, LastScope.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        grant = next(iter(await store.held(tx, user_id, client_id)), None)
        taken = [] if grant is None else [one for one in grant.scopes if one in names_of(name)]
        if grant is None or not taken:
            raise NotFound("This application does not hold this permission.")
        remaining = tuple(one for one in grant.scopes if one not in taken)
        if not remaining:
            raise LastScope
        await store.narrow(tx, grant, remaining, now)
        event = ConsentRevoked(
            event_id=new_event_id(now),
            occurred_at=now,
            client_ids=(client_id,),
            sub=grant.sub,
            canonical_sub=str(user_id),
            scopes=tuple(taken),
            remaining_scopes=remaining,
            reason="user_request",
            revoked_at=now,
        )
        await announce(tx, event)
        await revoke.of_scope(tx, user_id, client_id, name, now)
