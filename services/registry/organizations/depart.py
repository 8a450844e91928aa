"""What follows when an account is deleted: it belongs nowhere, and its personal organisation's apps go to the trash."""

import msgspec

from chassis.postgres import Tx
from contracts.events.registry import ApplicationDeleted
from services.registry.applications.change import Act, Who, within
from services.registry.applications.store import Stored
from services.registry.callers import SYSTEM
from services.registry.ground import Ground
from services.registry.lists import store as lists
from services.registry.members import store as members
from services.registry.organizations import store
from services.registry.promotion import rereview


async def person(ground: Ground, tx: Tx, user_id: int) -> None:
    """In the transaction that hears of it; auth hears of each app by its event. Again it changes nothing."""
    personal = await store.personal_of(tx, user_id)
    now = ground.clock.now()

    def deleted(stored: Stored) -> Stored:
        return msgspec.structs.replace(stored, application=msgspec.structs.replace(stored.application, deleted_at=now))

    act = Act(kind=ApplicationDeleted, action="application.deleted", as_admin=True)
    for number in [] if personal is None else await lists.living(tx, personal):
        who = Who(caller=SYSTEM, application_id=number)
        await within(ground, tx, who, act, deleted, rereview.cancelling(ground, SYSTEM))
    await members.remove_person(tx, user_id)
