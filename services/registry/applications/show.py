"""Reading applications: a person sees those of their organisations, everything else does not exist for them."""

from chassis.problems import NotFound
from services.registry.applications import store
from services.registry.applications.store import Stored
from services.registry.ground import Ground


async def one(ground: Ground, user_id: int, application_id: int) -> Stored:
    """Raises NotFound, whether there is no such app, it is in the trash, or it is somebody else's."""
    return (await with_role(ground, user_id, application_id))[0]


async def with_role(ground: Ground, user_id: int, application_id: int) -> tuple[Stored, str]:
    """The same with the person's role in its organisation."""
    found = await store.of_person(ground.db, application_id, user_id)
    if found is None or found[0].application.deleted_at is not None:
        raise NotFound
    return found
