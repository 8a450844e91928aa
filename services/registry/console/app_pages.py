"""`/developer/applications`: one's apps, one app closely, and the form for a new one."""

from typing import Any, Final

from litestar import Request, Response

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.applications import register, show
from services.registry.applications import representation as views
from services.registry.applications.patch import ApplicationPatch
from services.registry.applications.refusals import IdentityVerificationRequired
from services.registry.applications.register import NewApplication, Registered
from services.registry.applications.representation import ApplicationView
from services.registry.console.visitor import beside, cursor, visitor
from services.registry.ground import Ground
from services.registry.lists import store as lists
from services.registry.lists.store import Filters
from services.registry.organizations import store as organizations
from services.registry.paths import Id

HERE: Final = "/developer/applications"
ONE: Final = f"{HERE}/{{application_id:int}}"
PER_PAGE: Final = 25
DRAFT: Final = ("name", "client_type", "redirect_uris", "organization", "webhook_url")


def at(application_id: int) -> str:
    return f"{HERE}/{application_id}"


@web.get(HERE, **PAGE)
async def applications_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The apps of one's organisations, newest first."""
    person = await visitor(request, ground)
    apps, more = await page_of(request, ground, person.user_id, Filters())
    return pages.render(request, "applications.html", visitor=person, here="apps", apps=apps, more=more)


@web.get(ONE, **PAGE)
async def application_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """One app: what it is, where it sends people, and what is known of those hosts."""
    return await closely(request, ground, pages, application_id)


@web.get(f"{HERE}/new", **PAGE)
async def new_application_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The form for a new app; whose address is not verified is led to the list, which says so."""
    if web.session(request).identity_verified_level < 1:
        return see_other(HERE)
    return await _form(request, ground, pages, {})


@web.post(f"{HERE}/new", **{**PAGE, "rate": "registration"})
async def new_application_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Registers an app and shows its secrets, this once; so this page answers the form itself."""
    fields = texts(await form(request))
    try:
        made = await register.application(ground, callers.caller(request), _new(fields))
    except IdentityVerificationRequired:
        return see_other(HERE)
    except Problem as refusal:
        if refusal.status not in (409, 422):
            raise
        return await _form(request, ground, pages, fields, refusal)
    if made.existing:
        return see_other(at(made.stored.application.id))
    return pages.render(
        request,
        "application_made.html",
        at=HERE,
        visitor=await visitor(request, ground),
        here="apps",
        app=views.show(made.stored),
        step=views.next_step(made.stored.application),
        secrets=_secrets(made),
    )


ROUTES = [applications_page, new_application_page, new_application_form, application_page]


async def page_of(
    request: Request[Any, Any, Any], ground: Ground, user_id: int, wanted: Filters
) -> tuple[list[ApplicationView], int | None]:
    """The apps from the address's cursor on, newest first, and the cursor of those after them."""
    keys = await lists.of_member(ground.db, user_id, wanted, cursor(request), PER_PAGE)
    found = {stored.application.id: stored for stored in await lists.many(ground.db, [key.id for key in keys])}
    apps = [views.show(found[key.id]) for key in keys if key.id in found]
    return apps, keys[-1].id if len(keys) == PER_PAGE else None


async def closely(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    application_id: int,
    refusal: Problem | None = None,
    typed: str = "",
) -> Response[bytes]:
    """The page of one app; with what is wrong with a redirect URI that was typed there. Raises NotFound."""
    person = await visitor(request, ground)
    stored, role = await show.with_role(ground, person.user_id, application_id)
    mine = stored.registered_by == person.user_id
    return pages.render(
        request,
        "application.html",
        status=refusal.status if refusal else 200,
        at=at(application_id),
        visitor=person,
        here="apps",
        app=views.show(stored),
        step=views.next_step(stored.application),
        told=role != "developer" or mine,
        edits=role != "developer" or mine,
        keeps=role != "developer",
        saved=refusal is None and "saved" in request.query_params,
        uri=typed,
        errors={} if refusal is None else {"uri": next(iter(beside(request, pages, refusal, "uri").values()))},
    )


def _new(fields: dict[str, str]) -> NewApplication:
    webhook = fields.get("webhook_url")
    return NewApplication(
        name=fields.get("name", ""),
        redirect_uris=tuple(fields.get("redirect_uris", "").split()),
        client_type="public" if fields.get("client_type") == "public" else "confidential",
        organization=fields.get("organization") or None,
        rest=ApplicationPatch(webhook_url=webhook) if webhook else ApplicationPatch(),
    )


def _secrets(made: Registered) -> dict[str, str]:
    spread = made.spread
    given = {
        "client_secret": made.secret,
        "webhook_secret": spread.secrets.webhook_secret if spread else None,
        "whsec": spread.secrets.signing_secret if spread else None,
        "rp_health_secret": spread.health_secret if spread else None,
    }
    return {name: secret for name, secret in given.items() if secret}


async def _form(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    fields: dict[str, str],
    refusal: Problem | None = None,
) -> Response[bytes]:
    person, errors = await visitor(request, ground), beside(request, pages, refusal, "name")
    return pages.render(
        request,
        "application_new.html",
        status=refusal.status if refusal else 200,
        at=f"{HERE}/new",
        visitor=person,
        here="apps",
        organizations=await organizations.of_person(ground.db, person.user_id),
        draft={name: fields.get(name, "") for name in DRAFT},
        errors=errors,
    )
