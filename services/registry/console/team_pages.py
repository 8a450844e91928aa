"""`/developer/memberships`: one's organisations, who is in them, and who is invited."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, get_args
from urllib.parse import urlencode

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
from services.registry.organizations.store import Organization, OrganizationRole
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

    async def invited(caller: Caller, fields: dict[str, str]) -> None:
        await invite.person(ground, caller, fields.get("email", ""), _role(fields))

    return await _done(request, ground, pages, "email", invited)


@web.post(f"{HERE}/invitations/{{invitation_id:int}}/{{act:str}}", **PAGE)
async def invitation_form(
    request: Request[Any, Any, Any], invitation_id: Id, act: FromPath[str], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """`resend` or `cancel`."""

    async def acted(caller: Caller, _: dict[str, str]) -> None:
        if act == "resend":
            await invite.again(ground, caller, invitation_id)
        elif act == "cancel":
            await invite.cancel(ground, caller, invitation_id)
        else:
            raise NotFound

    return await _done(request, ground, pages, "waiting", acted)


@web.post(f"{HERE}/{{membership_id:int}}/{{act:str}}", **PAGE)
async def member_form(
    request: Request[Any, Any, Any], membership_id: Id, act: FromPath[str], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """`role` makes somebody something else, `remove` lets them go, or oneself."""

    async def acted(caller: Caller, fields: dict[str, str]) -> Organization | None:
        if act == "role":
            await change.role(ground, caller, membership_id, _role(fields))
        elif act == "remove":
            await change.remove(ground, caller, membership_id)
        else:
            raise NotFound
        mine = await store.of_person(ground.db, caller.user_id)
        # Whoever left is led to their own.
        return next((each for each in mine if each.slug == caller.organization), next(iter(mine), None))

    return await _done(request, ground, pages, "members", acted)


@web.post(f"{HERE}/organizations", **PAGE)
async def organization_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """A new organisation, and leads to it."""

    async def made(caller: Caller, fields: dict[str, str]) -> Organization:
        return await found.organization(ground, caller, fields.get("new_name", ""))

    return await _done(request, ground, pages, "new_name", made)


@web.post(f"{HERE}/rename", **PAGE)
async def rename_form(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Another name for the same organisation."""

    async def renamed(caller: Caller, fields: dict[str, str]) -> Organization:
        return await found.rename(ground, caller, fields.get("name", ""))

    return await _done(request, ground, pages, "name", renamed)


ROUTES = [team_page, invite_form, invitation_form, member_form, organization_form, rename_form]


async def _done(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    place: str,
    act: Callable[[Caller, dict[str, str]], Awaitable[Organization | None]],
) -> Response[bytes]:
    """Acts in the organisation that the form names, and leads back to it or to the one that came of it.

    What is wrong is shown at `place`. Raises what no form can mend.
    """
    fields = texts(await form(request))
    slug = fields.get("organization", "")
    try:
        done = await act(callers.caller(request, slug or None), fields)
    except Problem as refusal:
        if refusal.status not in AGAIN:
            raise
        words = next(iter(beside(request, pages, refusal, place).values()))
        return await _page(request, ground, pages, slug, {place: words}, fields, refusal.status)
    return see_other(f"{HERE}?{urlencode({'organization': done.slug if done else slug})}")


def _role(fields: dict[str, str]) -> OrganizationRole:
    """What the form asks for; the least where it asks for nothing that there is."""
    return next((role for role in ROLES if role == fields.get("role")), "developer")


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
