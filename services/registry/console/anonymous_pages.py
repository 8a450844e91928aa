"""The switch on an app's page that lets anonymous people in (auth.md 6.4): in the console alone, behind a code."""

from typing import Any

from litestar import Request, Response

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import see_other
from services.registry import step_up
from services.registry.applications import edit, parse
from services.registry.console.app_pages import HERE
from services.registry.ground import Ground
from services.registry.paths import Id


@web.post(f"{HERE}/{{application_id:int}}/anonymous", **PAGE)
async def anonymous_grants_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[bytes]:
    """Turns it on or off; whoever has shown no code lately is led to where they can, and comes back to the app."""
    fields = texts(await form(request))
    if fields.get("allow") not in {"yes", "no"}:
        raise InvalidRequest("allow has to be yes or no.")
    who = parse.who(request, application_id)
    step_up.check(who.caller, ground.clock.now(), "otp")
    await edit.allow_anonymous_grants(ground, who, allowed=fields["allow"] == "yes")
    return see_other(f"{HERE}/{application_id}")


ROUTES = [anonymous_grants_form]
