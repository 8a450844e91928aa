"""GET /developer/applications/{id}/requests/{request_id}: what a refusal's X-Logi-Console-Url leads to."""

from typing import Any, Final
from urllib.parse import unquote

from litestar import Request, Response
from litestar.params import FromPath

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from chassis.web.pages import Pages
from services.auth.accounts.console_pages import visitor
from services.auth.ground import Ground
from services.auth.paths import Id
from services.auth.refused import store

LONGEST: Final = 64
"""Characters of a request id."""


class RequestUnknown(NotFound):
    default_detail = "No refused request of this app has this id, or the log has forgotten it."


@web.get(
    "/developer/applications/{application_id:int}/requests/{request_id:str}",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def refused_request_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    application_id: Id,
    request_id: FromPath[str],
) -> Response[bytes]:
    """What was asked, when, from where, and why it was refused; for who may see the application."""
    person = await visitor(request, ground)
    app = await ground.seen_by(application_id, person.user_id)
    found = await store.of_client(ground.db, app.client_id, unquote(request_id)[:LONGEST].replace("\x00", ""))
    if found is None:
        raise RequestUnknown
    return pages.render(request, "refused_request.html", visitor=person, here="apps", app=app, found=found)


ROUTES: Final = [refused_request_page]
