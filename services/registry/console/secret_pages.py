"""`/developer/applications/{id}/secret`: a new client secret, after saying what that ends."""

from typing import Any

from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.console import PAGE, form
from chassis.web.pages import Pages
from services.registry.applications import edit, parse, show
from services.registry.applications import representation as views
from services.registry.applications.change import KEEPERS, permit
from services.registry.applications.refusals import PublicClientHasNoSecret
from services.registry.console.app_pages import ONE, at
from services.registry.console.visitor import visitor
from services.registry.ground import Ground
from services.registry.paths import Id


@web.get(f"{ONE}/secret", **PAGE)
async def secret_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What a new secret ends, and the button for it."""
    person = await visitor(request, ground)
    stored, role = await show.with_role(ground, person.user_id, application_id)
    permit(stored, role, person.user_id, KEEPERS)
    if stored.application.client_type == "public":
        raise PublicClientHasNoSecret
    return pages.render(request, "secret.html", visitor=person, here="apps", app=views.show(stored), secrets={})


@web.post(f"{ONE}/secret", **PAGE)
async def secret_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The new secret, shown this once; so this page answers the form itself."""
    await form(request)
    done = await edit.rotate_secret(ground, parse.who(request, application_id))
    return pages.render(
        request,
        "secret.html",
        at=at(application_id),
        visitor=await visitor(request, ground),
        here="apps",
        app=views.show(done.stored),
        secrets={"client_secret": done.secret},
    )


ROUTES = [secret_page, secret_form]
