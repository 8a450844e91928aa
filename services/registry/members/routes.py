"""`/api/v1/developer/memberships`."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry.applications.parse import READERS
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.members import change, store
from services.registry.members.store import Member
from services.registry.organizations import choose
from services.registry.organizations.store import OrganizationRole
from services.registry.paths import Id

PATH = "/api/v1/developer/memberships"


class Person(msgspec.Struct, kw_only=True):
    id: int
    email: str | None
    name: str | None = None


class MembershipView(msgspec.Struct, kw_only=True):
    id: int
    user: Person
    role: OrganizationRole
    joined_at: datetime


class RoleBody(msgspec.Struct, kw_only=True):
    role: OrganizationRole


@web.get(PATH, credentials=READERS, rate="api", scopes=("team:read",))
async def list_memberships(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[MembershipView]:
    """The members of your organisation; `X-Logi-Organization` chooses among several."""
    who = caller(request)
    async with ground.db.transaction() as tx:
        organization = await choose.organization(tx, who, None, ground.clock.now())
    return [_view(member) for member in await store.every(ground.db, organization.organization_id)]


@web.patch(f"{PATH}/{{membership_id:int}}", credentials=READERS, rate="api", scopes=("team:manage",))
async def change_role(
    request: Request[Any, Any, Any], membership_id: Id, data: JSONBody[RoleBody], ground: Given[Ground]
) -> MembershipView:
    """Changes what a member is. Only owners make owners; the last owner stays (409 `last_owner`)."""
    return _view(await change.role(ground, caller(request), membership_id, data.role))


@web.delete(f"{PATH}/{{membership_id:int}}", credentials=READERS, rate="api", scopes=("team:manage",), status_code=204)
async def remove_member(request: Request[Any, Any, Any], membership_id: Id, ground: Given[Ground]) -> None:
    """Lets a member go, or leaves; the last owner stays (409 `last_owner`)."""
    await change.remove(ground, caller(request), membership_id)


ROUTES = [list_memberships, change_role, remove_member]


def _view(member: Member) -> MembershipView:
    person = Person(id=member.user_id, email=member.email)
    return MembershipView(id=member.id, user=person, role=member.role, joined_at=member.joined_at)
