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
from services.registry.console.visitor import beside, visitor
from services.registry.ground import Ground
from services.registry.lists import store as lists
from services.registry.lists.store import Filters
from services.registry.paths import Id

HERE: Final = "/developer/applications"
PER_PAGE: Final = 25


@web.get(HERE, **PAGE)
async def applications_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The apps of one's organisations, newest first."""
    person = await visitor(request, ground)
    shown = request.query_params.get("cursor", "")
    cursor = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 19 else None
    keys = await lists.of_member(ground.db, person.user_id, Filters(), cursor, PER_PAGE)
    found = {stored.application.id: stored for stored in await lists.many(ground.db, [key.id for key in keys])}
    return pages.render(
        request,
        "applications.html",
        visitor=person,
        here="apps",
        apps=[views.show(found[key.id]) for key in keys if key.id in found],
        more=keys[-1].id if len(keys) == PER_PAGE else None,
    )


@web.get(f"{HERE}/{{application_id:int}}", **PAGE)
async def application_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """One app: what it is, where it sends people, and what is known of those hosts."""
    person = await visitor(request, ground)
    stored, role = await show.with_role(ground, person.user_id, application_id)
    return pages.render(
        request,
        "application.html",
        visitor=person,
        here="apps",
        app=views.show(stored),
        step=views.next_step(stored.application),
        told=role != "developer" or stored.registered_by == person.user_id,
        keeps=role != "developer",
    )


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
        return see_other(f"{HERE}/{made.stored.application.id}")
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


def _new(fields: dict[str, str]) -> NewApplication:
    webhook = fields.get("webhook_url")
    return NewApplication(
        name=fields.get("name", ""),
        redirect_uris=tuple(fields.get("redirect_uris", "").split()),
        client_type="public" if fields.get("client_type") == "public" else "confidential",
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
    errors = beside(refusal, "name")
    return pages.render(
        request,
        "application_new.html",
        status=refusal.status if refusal else 200,
        at=f"{HERE}/new",
        visitor=await visitor(request, ground),
        here="apps",
        draft={name: fields.get(name, "") for name in ("name", "client_type", "redirect_uris", "webhook_url")},
        errors=errors,
    )
