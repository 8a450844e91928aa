"""What follows when an account is closed, and when it is gone: organisations of it alone end with their apps.

Nothing is asked of anybody here: auth has made sure before that no organisation loses its last owner.
"""

import msgspec

from chassis.postgres import Tx
from contracts.events.registry import ApplicationDeleted
from services.registry.applications.change import Act, Who, within
from services.registry.applications.store import Stored
from services.registry.callers import SYSTEM
from services.registry.ground import Ground
from services.registry.invitations import store as invitations
from services.registry.lists import store as lists
from services.registry.members import store as members
from services.registry.organizations import store
from services.registry.promotion import rereview


async def person(ground: Ground, tx: Tx, user_id: int) -> None:
    """In the transaction that hears of it; auth hears of each app by its event. Again it changes nothing.

    Where the person is alone they stay a member, so that what is in the trash is theirs again if the account comes
    back; other organisations would have to invite them anew.
    """
    now = ground.clock.now()

    def deleted(stored: Stored) -> Stored:
        return msgspec.structs.replace(stored, application=msgspec.structs.replace(stored.application, deleted_at=now))

    act = Act(kind=ApplicationDeleted, action="application.deleted", as_admin=True)
    for organization in await store.alone_in(tx, user_id):
        for number in await lists.living(tx, organization):
            who = Who(caller=SYSTEM, application_id=number)
            await within(ground, tx, who, act, deleted, rereview.cancelling(ground, SYSTEM))
        await invitations.cancel_all(tx, organization)
    await members.remove_person(tx, user_id)


async def purged(tx: Tx, user_id: int) -> None:
    """Nothing stays that tells who the account was: no address, no membership, no invitation to it."""
    await invitations.forget(tx, user_id)
    await store.forget_developer(tx, user_id)
