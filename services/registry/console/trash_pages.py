"""Deleting an app by typing its name, the trash, and the ways out of it."""

from typing import Any, Final

from litestar import Request, Response

from chassis import web
from chassis.problems import NotFound, Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.applications import parse, show, store, trash
from services.registry.applications import representation as views
from services.registry.applications.change import KEEPERS, OWNERS, permit
from services.registry.applications.refusals import NameDiffers
from services.registry.applications.store import Stored
from services.registry.console.app_pages import HERE, ONE, at, page_of
from services.registry.console.visitor import beside, visitor
from services.registry.ground import Ground
from services.registry.lists.store import Filters
from services.registry.organizations import store as organizations
from services.registry.paths import Id

TRASH: Final = f"{HERE}/trash"


@web.get(TRASH, **PAGE)
async def trash_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """What was deleted within thirty days, with what this person may do about it."""
    person = await visitor(request, ground)
    apps, more = await page_of(request, ground, person.user_id, Filters(trashed=True))
    roles = {one.slug: one.role for one in await organizations.of_person(ground.db, person.user_id)}
    return pages.render(request, "trash.html", visitor=person, here="apps", apps=apps, roles=roles, more=more)


@web.get(f"{ONE}/delete", **PAGE)
async def delete_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What ends with the app; its name has to be typed."""
    stored = await _deletable(request, ground, application_id)
    return await _ending(request, ground, pages, stored, None)


@web.post(f"{ONE}/delete", **PAGE)
async def delete_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Moves it to the trash, if the name is its own."""
    typed = texts(await form(request)).get("name", "")
    stored = await _deletable(request, ground, application_id)
    if typed != stored.application.name:
        return await _ending(request, ground, pages, stored, NameDiffers())
    await trash.delete(ground, parse.who(request, application_id))
    return see_other(TRASH)


@web.post(f"{ONE}/restore", **PAGE)
async def restore_form(request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]) -> Response[bytes]:
    """Brings it back, and leads to it: its page says what is next."""
    await form(request)
    await trash.restore(ground, parse.who(request, application_id))
    return see_other(at(application_id))


@web.get(f"{ONE}/purge", **PAGE)
async def purge_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What can never be had back; its name has to be typed."""
    stored = await _purgeable(request, ground, application_id)
    return await _ending(request, ground, pages, stored, None)


@web.post(f"{ONE}/purge", **PAGE)
async def purge_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Removes it for good, if the name is its own."""
    typed = texts(await form(request)).get("name", "")
    stored = await _purgeable(request, ground, application_id)
    try:
        await trash.purge(ground, parse.who(request, application_id), typed)
    except NameDiffers as refusal:
        return await _ending(request, ground, pages, stored, refusal)
    return see_other(TRASH)


ROUTES = [trash_page, delete_page, delete_form, restore_form, purge_page, purge_form]


async def _deletable(request: Request[Any, Any, Any], ground: Ground, application_id: int) -> Stored:
    """Raises NotFound, ForbiddenRole."""
    user_id = callers.caller(request).user_id
    stored, role = await show.with_role(ground, user_id, application_id)
    permit(stored, role, user_id, KEEPERS)
    return stored


async def _purgeable(request: Request[Any, Any, Any], ground: Ground, application_id: int) -> Stored:
    """Raises NotFound, also for one that is not in the trash, and ForbiddenRole."""
    user_id = callers.caller(request).user_id
    found = await store.of_person(ground.db, application_id, user_id)
    if found is None or found[0].application.deleted_at is None:
        raise NotFound
    permit(found[0], found[1], user_id, OWNERS)
    return found[0]


async def _ending(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, stored: Stored, refusal: Problem | None
) -> Response[bytes]:
    return pages.render(
        request,
        "ending.html",
        status=refusal.status if refusal else 200,
        visitor=await visitor(request, ground),
        here="apps",
        app=views.show(stored),
        way="delete" if stored.application.deleted_at is None else "purge",
        errors=beside(request, pages, refusal, "name"),
    )
