"""`/api/v1/developer/invitations`."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry.applications.parse import READERS
from services.registry.applications.refusals import ForbiddenRole
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.invitations import invite, store
from services.registry.invitations.store import Invitation, State
from services.registry.organizations import choose
from services.registry.organizations.store import OrganizationRole
from services.registry.paths import Id

PATH = "/api/v1/developer/invitations"


class InvitationBody(msgspec.Struct, kw_only=True):
    email: Annotated[str, msgspec.Meta(max_length=254)]
    role: OrganizationRole


class InvitationView(msgspec.Struct, kw_only=True):
    id: int
    email: str
    role: OrganizationRole
    state: State
    invited_by: int
    expires_at: datetime


class TokenBody(msgspec.Struct, kw_only=True):
    token: Annotated[str, msgspec.Meta(max_length=200)]


class Joined(msgspec.Struct, kw_only=True):
    organization: str
    role: OrganizationRole


@web.post(PATH, credentials=READERS, rate="api", scopes=("team:manage",), status_code=201)
async def create_invitation(
    request: Request[Any, Any, Any], data: JSONBody[InvitationBody], ground: Given[Ground]
) -> InvitationView:
    """Invites a person by mail; the link is good once and for seven days, for whoever has that address."""
    return _view(await invite.person(ground, caller(request), data.email, data.role), ground)


@web.get(PATH, credentials=READERS, rate="api", scopes=("team:manage",))
async def list_invitations(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[InvitationView]:
    """The invitations of your organisation that wait."""
    who, now = caller(request), ground.clock.now()
    async with ground.db.transaction() as tx:
        chosen = await choose.organization(tx, who, None, now)
    if chosen.role == "developer":
        raise ForbiddenRole
    return [_view(each, ground) for each in await store.pending(ground.db, chosen.organization_id, now)]


@web.post(f"{PATH}/{{invitation_id:int}}/resend", credentials=READERS, rate="api", scopes=("team:manage",))
async def resend_invitation(
    request: Request[Any, Any, Any], invitation_id: Id, ground: Given[Ground]
) -> InvitationView:
    """Sends the mail again with a new link, at most once in five minutes; the old link is dead."""
    return _view(await invite.again(ground, caller(request), invitation_id), ground)


@web.delete(f"{PATH}/{{invitation_id:int}}", credentials=READERS, rate="api", scopes=("team:manage",), status_code=204)
async def cancel_invitation(request: Request[Any, Any, Any], invitation_id: Id, ground: Given[Ground]) -> None:
    """Takes an invitation back."""
    await invite.cancel(ground, caller(request), invitation_id)


@web.post(f"{PATH}/accept", credentials=("session",), rate="api")
async def accept_invitation(
    request: Request[Any, Any, Any], data: JSONBody[TokenBody], ground: Given[Ground]
) -> Joined:
    """Joins the organisation that the mail's token is for; signed in with the address that it was sent to."""
    found = await invite.accept(ground, caller(request), data.token)
    return Joined(organization=found.organization, role=found.role)


ROUTES = [create_invitation, list_invitations, resend_invitation, cancel_invitation, accept_invitation]


def _view(each: Invitation, ground: Ground) -> InvitationView:
    return InvitationView(
        id=each.id,
        email=each.email,
        role=each.role,
        state=each.state_at(ground.clock.now()),
        invited_by=each.invited_by,
        expires_at=each.expires_at,
    )
