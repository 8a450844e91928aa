"""`/api/v1/developer/organization` and `/organizations`."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry.applications.parse import READERS
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.organizations import choose, found, store
from services.registry.organizations.store import Organization, OrganizationRole


class OrganizationView(msgspec.Struct, kw_only=True):
    slug: str
    name: str
    personal: bool
    role: OrganizationRole
    created_at: datetime


class NameBody(msgspec.Struct, kw_only=True):
    name: Annotated[str, msgspec.Meta(max_length=200)]


@web.get("/api/v1/developer/organizations", credentials=READERS, rate="api", scopes=("team:read",))
async def list_organizations(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[OrganizationView]:
    """The organisations that you belong to, the personal one first."""
    who = caller(request)
    async with ground.db.transaction() as tx:
        await store.ensure_personal(tx, who.user_id, ground.clock.now())
        return [_view(each) for each in await store.of_person(tx, who.user_id)]


@web.post("/api/v1/developer/organizations", credentials=READERS, rate="api", scopes=("team:manage",), status_code=201)
async def create_organization(
    request: Request[Any, Any, Any], data: JSONBody[NameBody], ground: Given[Ground]
) -> OrganizationView:
    """A new organisation, owned by you; at most five (409 `too_many_organizations`)."""
    return _view(await found.organization(ground, caller(request), data.name))


@web.get("/api/v1/developer/organization", credentials=READERS, rate="api", scopes=("team:read",))
async def get_organization(request: Request[Any, Any, Any], ground: Given[Ground]) -> OrganizationView:
    """The organisation that `X-Logi-Organization` names, the personal one without it."""
    who = caller(request)
    async with ground.db.transaction() as tx:
        chosen = await choose.organization(tx, who, None, ground.clock.now())
    return _view(await found.shown(ground, who, chosen.slug))


@web.patch("/api/v1/developer/organization", credentials=READERS, rate="api", scopes=("team:manage",))
async def update_organization(
    request: Request[Any, Any, Any], data: JSONBody[NameBody], ground: Given[Ground]
) -> OrganizationView:
    """Renames the chosen organisation; its slug stays."""
    return _view(await found.rename(ground, caller(request), data.name))


ROUTES = [list_organizations, create_organization, get_organization, update_organization]


def _view(each: Organization) -> OrganizationView:
    return OrganizationView(
        slug=each.slug, name=each.name, personal=each.personal, role=each.role, created_at=each.created_at
    )
