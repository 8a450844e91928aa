"""Reading applications: a person sees those of their organisations, everything else does not exist for them."""

from chassis.problems import NotFound
from services.registry.applications import store
from services.registry.applications.store import Stored
from services.registry.ground import Ground


async def one(ground: Ground, user_id: int, application_id: int) -> Stored:
    """Raises NotFound, whether there is no such app or it is somebody else's."""
    found = await store.of_person(ground.db, application_id, user_id)
    if found is None:
        raise NotFound
    return found[0]


async def mine(ground: Ground, user_id: int, before: int | None, limit: int) -> list[Stored]:
    """Newest first; one query, by keyset, as fast on the last page as on the first."""
    return await store.of_member(ground.db, user_id, before, limit)
