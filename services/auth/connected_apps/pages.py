"""/account/connected-apps: the same for a person with a browser."""

from typing import Annotated, Any, Final
from urllib.parse import unquote

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from chassis import web
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.connected_apps import store, take_back, withdraw
from services.auth.connected_apps.disconnect import disconnect
from services.auth.ground import Ground

PAGE: Final = "/account/connected-apps"

Form = Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def connected_apps_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Each app with what it may see and the buttons that end it."""
    person = await visitor(request, ground)
    apps = await store.of_person(ground.db, person.user_id, ground.clock.now())
    language = choose(request)
    t, known = pages.words.of(language), pages.words.has

    def title(scope: str) -> str:
        """As the consent page called it; an API's own scope has no other name than itself."""
        return t(f"scope.{scope}") if known(language, f"scope.{scope}") else scope

    return pages.render(request, "connected_apps.html", visitor=person, apps=apps, title=title)


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
    data: Form,
) -> Response[bytes]:
    """Disconnects one application."""
    caller = checked(request, data.csrf_token)
    await disconnect(ground, caller.user_id, unquote(client_id))
    return see_other(PAGE)


@web.post(
    f"{PAGE}/{{client_id:str}}/withdraw/{{permission:str}}",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def withdraw_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    client_id: FromPath[str],
    permission: FromPath[str],
    data: Form,
) -> Response[bytes]:
    """Takes one permission back."""
    caller = checked(request, data.csrf_token)
    await withdraw.scope(ground, caller.user_id, unquote(client_id), unquote(permission))
    return see_other(PAGE)


@web.post(f"{PAGE}/revoke-all", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def revoke_all_form(request: Request[Any, Any, Any], ground: Given[Ground], data: Form) -> Response[bytes]:
    """Takes everything back from every application."""
    caller = checked(request, data.csrf_token)
    await take_back.grants(ground, caller.user_id)
    return see_other(PAGE)


ROUTES = [connected_apps_page, disconnect_form, withdraw_form, revoke_all_form]
