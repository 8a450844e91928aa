"""Which organisation a request is about: named in the body, by header, or the caller's personal one."""

from datetime import datetime

from chassis.postgres import Tx
from chassis.problems import NotFound
from services.registry.callers import Caller
from services.registry.organizations import store
from services.registry.organizations.store import Membership


async def organization(tx: Tx, caller: Caller, named: str | None, now: datetime) -> Membership:
    """Raises NotFound for one that the caller is no member of."""
    slug = named or caller.organization
    if slug is not None:
        found = await store.membership(tx, caller.user_id, slug)
        if found is not None:
            return found
    personal = await store.ensure_personal(tx, caller.user_id, now)
    if slug is not None and slug != personal.slug:
        raise NotFound("You are in no organisation of this name.")
    return personal
