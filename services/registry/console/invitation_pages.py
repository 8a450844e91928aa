"""`/developer/invitations`: where the mail of an invitation leads."""

from typing import Any, Final

from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.console.visitor import visitor
from services.registry.ground import Ground
from services.registry.invitations import invite

HERE: Final = "/developer/invitations"
LONGEST: Final = 200


@web.get(HERE, **PAGE)
async def invitation_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Which organisation asks whom for what; looking decides nothing, since mail scanners follow links."""
    token = request.query_params.get("token", "")[:LONGEST]
    person = await visitor(request, ground)
    found = await invite.shown(ground, token) if token else None
    now = ground.clock.now()
    return pages.render(
        request,
        "invitation.html",
        visitor=person,
        here="apps",
        invitation=found,
        state=found.state_at(now) if found else "none",
        mine=found is not None and (person.email or "").lower() == found.email,
        token=token,
    )


@web.post(f"{HERE}/accept", **PAGE)
async def accept_invitation_form(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[bytes]:
    """Joins, and leads to the apps."""
    fields = texts(await form(request))
    await invite.accept(ground, callers.caller(request), fields.get("token", "")[:LONGEST])
    return see_other("/developer/applications")


@web.post(f"{HERE}/decline", **PAGE)
async def decline_invitation_form(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[bytes]:
    """Says no; the link is dead."""
    fields = texts(await form(request))
    await invite.decline(ground, callers.caller(request), fields.get("token", "")[:LONGEST])
    return see_other("/console")


ROUTES = [invitation_page, accept_invitation_form, decline_invitation_form]
