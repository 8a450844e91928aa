"""Changing what a member is, and letting one go; the last owner stays."""

import msgspec

from chassis.postgres import Tx
from chassis.problems import NotFound
from services.registry import audit
from services.registry.applications.refusals import ForbiddenRole
from services.registry.audit.entry import Subject
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.members import store
from services.registry.members.store import Member
from services.registry.organizations.refusals import LastOwner
from services.registry.organizations.store import OrganizationRole


async def role(ground: Ground, caller: Caller, membership_id: int, wanted: OrganizationRole) -> Member:
    """Only owners make owners and unmake them. Raises NotFound, ForbiddenRole, LastOwner."""
    async with ground.db.transaction() as tx:
        mine, theirs = await _both(tx, caller, membership_id)
        if mine.role == "developer" or ("owner" in {theirs.role, wanted} and mine.role != "owner"):
            raise ForbiddenRole
        if theirs.role == wanted:
            return theirs
        if theirs.role == "owner" and await store.owners(tx, theirs.organization_id) == 1:
            raise LastOwner
        await store.change(tx, theirs.id, wanted)
        changes = {"role": {"before": theirs.role, "after": wanted}, "user_id": theirs.user_id}
        await _recorded(ground, tx, caller, "member.role_changed", theirs, changes)
    return msgspec.structs.replace(theirs, role=wanted)


async def remove(ground: Ground, caller: Caller, membership_id: int) -> None:
    """Owners and admins let members go; anybody may leave. Raises NotFound, ForbiddenRole, LastOwner."""
    async with ground.db.transaction() as tx:
        mine, theirs = await _both(tx, caller, membership_id)
        leaving = mine.id == theirs.id
        if not leaving and (mine.role == "developer" or (theirs.role == "owner" and mine.role != "owner")):
            raise ForbiddenRole
        if theirs.role == "owner" and await store.owners(tx, theirs.organization_id) == 1:
            raise LastOwner
        await store.remove(tx, theirs.id)
        await _recorded(ground, tx, caller, "member.removed", theirs, {"user_id": theirs.user_id, "role": theirs.role})


async def _both(tx: Tx, caller: Caller, membership_id: int) -> tuple[Member, Member]:
    """The caller's membership and the other one, in an organisation that they share, under its lock."""
    found = await store.by_id(tx, membership_id)
    if found is None:
        raise NotFound
    await store.lock(tx, found.organization_id)
    mine = await store.of_person(tx, found.organization_id, caller.user_id)
    theirs = await store.by_id(tx, membership_id)
    if mine is None or theirs is None:
        raise NotFound
    return mine, theirs


async def _recorded(
    ground: Ground, tx: Tx, caller: Caller, action: str, member: Member, changes: dict[str, object]
) -> None:
    about = Subject(kind="membership", id=str(member.id), organization_id=member.organization_id)
    await audit.record(tx, caller, action, about, changes, at=ground.clock.now())
