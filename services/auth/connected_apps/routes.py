"""/api/v1/me/connected_apps, and the page of the same name."""

from typing import Annotated, Any
from urllib.parse import unquote

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from chassis import web
from chassis.web import Given
from chassis.web.pages import Pages, see_other
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.connected_apps import store
from services.auth.connected_apps.disconnect import disconnect
from services.auth.connected_apps.store import ConnectedApp
from services.auth.ground import Ground

PAGE = "/account/connected-apps"


@web.get(
    "/api/v1/me/connected_apps",
    credentials=("session", "pak"),
    scopes=("profile:read",),
    rate="api",
    tags=["Connected apps"],
)
async def list_connected_apps(request: Request[Any, Any, Any], ground: Given[Ground]) -> list[ConnectedApp]:
    """The applications you have let in, the latest first."""
    return await store.of_person(ground.db, web.person(request).user_id)


@web.delete(
    "/api/v1/me/connected_apps/{client_id:str}",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Connected apps"],
)
async def disconnect_app(request: Request[Any, Any, Any], ground: Given[Ground], client_id: FromPath[str]) -> None:
    """Ends grant, consent and every token at once, and tells the application (`user.unlinked`); 404 if gone already."""
    await disconnect(ground, web.person(request).user_id, unquote(client_id))


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def connected_apps_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """The same list with a button each."""
    person = await visitor(request, ground)
    apps = await store.of_person(ground.db, person.user_id)
    return pages.render(request, "connected_apps.html", visitor=person, apps=apps)


@web.post(
    "/account/connected-apps/{client_id:str}/disconnect",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def disconnect_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    client_id: FromPath[str],
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Disconnects one application."""
    caller = checked(request, data.csrf_token)
    await disconnect(ground, caller.user_id, unquote(client_id))
    return see_other(PAGE)
