"""`/developer/memberships`: one's organisations, who is in them, and who is invited."""

from typing import Any, Final, get_args

from litestar import Request, Response
from litestar.params import FromPath

from chassis import web
from chassis.problems import NotFound, Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.callers import Caller
from services.registry.console.visitor import beside, visitor
from services.registry.ground import Ground
from services.registry.invitations import invite
from services.registry.invitations import store as invitations
from services.registry.members import change
from services.registry.members import store as members
from services.registry.organizations import found, store
from services.registry.organizations.store import OrganizationRole
from services.registry.paths import Id

HERE: Final = "/developer/memberships"
ROLES: Final[tuple[OrganizationRole, ...]] = get_args(OrganizationRole)
AGAIN: Final = (409, 422)
"""Refusals after which the page is shown once more; others are for the log of denials as well."""


@web.get(HERE, **PAGE)
async def team_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """One organisation, the personal one unless the address names another."""
    return await _page(request, ground, pages, request.query_params.get("organization", ""))


@web.post(f"{HERE}/invite", **PAGE)
async def invite_form(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Sends the mail; shown again with what is wrong."""
    fields, caller = await _sent(request)
    try:
        await invite.person(ground, caller, fields.get("email", ""), _role(fields))
    except Problem as refusal:
        return await _again(request, ground, pages, fields, ("email", refusal))
    return _back(fields)


@web.post(f"{HERE}/invitations/{{invitation_id:int}}/{{act:str}}", **PAGE)
async def invitation_act_form(
    request: Request[Any, Any, Any], invitation_id: Id, act: FromPath[str], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """`resend` or `cancel`."""
    fields, caller = await _sent(request)
    try:
        if act == "resend":
            await invite.again(ground, caller, invitation_id)
        elif act == "cancel":
            await invite.cancel(ground, caller, invitation_id)
        else:
            raise NotFound
    except Problem as refusal:
        return await _again(request, ground, pages, fields, ("waiting", refusal))
    return _back(fields)


@web.post(f"{HERE}/{{membership_id:int}}/{{act:str}}", **PAGE)
async def member_form(
    request: Request[Any, Any, Any], membership_id: Id, act: FromPath[str], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """`role` makes somebody something else, `remove` lets them go, or oneself."""
    fields, caller = await _sent(request)
    try:
        if act == "role":
            await change.role(ground, caller, membership_id, _role(fields))
        elif act == "remove":
            await change.remove(ground, caller, membership_id)
        else:
            raise NotFound
    except Problem as refusal:
        return await _again(request, ground, pages, fields, ("members", refusal))
    return _back(fields)


@web.post(f"{HERE}/organizations", **PAGE)
async def organization_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """A new organisation, and leads to it."""
    fields, caller = await _sent(request)
    try:
        made = await found.organization(ground, caller, fields.get("new_name", ""))
    except Problem as refusal:
        return await _again(request, ground, pages, fields, ("new_name", refusal))
    return _back({"organization": made.slug})


@web.post(f"{HERE}/rename", **PAGE)
async def rename_form(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Another name for the same organisation."""
    fields, caller = await _sent(request)
    try:
        await found.rename(ground, caller, fields.get("name", ""))
    except Problem as refusal:
        return await _again(request, ground, pages, fields, ("name", refusal))
    return _back(fields)


ROUTES = [team_page, invite_form, invitation_act_form, member_form, organization_form, rename_form]


async def _sent(request: Request[Any, Any, Any]) -> tuple[dict[str, str], Caller]:
    """What was sent, and who acts in the organisation that the form names."""
    fields = texts(await form(request))
    return fields, callers.caller(request, fields.get("organization") or None)


def _role(fields: dict[str, str]) -> OrganizationRole:
    """What the form asks for; the least where it asks for nothing that there is."""
    return next((role for role in ROLES if role == fields.get("role")), "developer")


def _back(fields: dict[str, str]) -> Response[bytes]:
    slug = fields.get("organization", "")
    return see_other(f"{HERE}?organization={slug}" if slug.replace("-", "").isalnum() and slug.isascii() else HERE)


async def _again(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, fields: dict[str, str], wrong: tuple[str, Problem]
) -> Response[bytes]:
    """The page with what is wrong at the form that was sent. Raises what no form can mend."""
    place, refusal = wrong
    if refusal.status not in AGAIN:
        raise refusal
    words = next(iter(beside(request, pages, refusal, place).values()))
    return await _page(request, ground, pages, fields.get("organization", ""), {place: words}, fields, refusal.status)


async def _page(  # noqa: PLR0913, PLR0917 - what was sent and what is wrong with it besides
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    slug: str,
    errors: dict[str, str] | None = None,
    fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    person, now = await visitor(request, ground), ground.clock.now()
    async with ground.db.transaction() as tx:
        personal = await store.ensure_personal(tx, person.user_id, now)
        mine = await store.of_person(tx, person.user_id)
        chosen = next((each for each in mine if each.slug == (slug or personal.slug)), None)
        if chosen is None:
            raise NotFound("You are in no organisation of this name.")
        people = await members.every(tx, chosen.id)
        waiting = [] if chosen.role == "developer" else await invitations.pending(tx, chosen.id, now)
    return pages.render(
        request,
        "team.html",
        status=status,
        at=f"{HERE}?organization={chosen.slug}",
        visitor=person,
        here="apps",
        organizations=mine,
        chosen=chosen,
        members=people,
        waiting=waiting,
        roles=ROLES if chosen.role == "owner" else ROLES[1:],
        draft={"email": "", "role": "developer", "name": chosen.name, "new_name": "", **(fields or {})},
        errors=errors or {},
    )
