"""/account/sessions: where one is signed in, and signing out from here what is elsewhere."""

from typing import Annotated, Any, Final

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from chassis.web.pages import Pages, see_other
from contracts.principal import Session
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.anonymous import mine, store
from services.auth.ground import Ground
from services.auth.paths import Id
from services.auth.sessions import browsers
from services.auth.sessions import listing as sessions

PAGE: Final = "/account/sessions"

Token = Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def sessions_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Each browser, this one first."""
    caller, person = web.principal(request), await visitor(request, ground)
    current = caller.session_id if isinstance(caller, Session) else None
    found = await sessions.living(ground, person.user_id, current)
    return pages.render(
        request,
        "sessions.html",
        visitor=person,
        sessions=sorted(found, key=lambda one: not one.current),
        named=browsers.named,
        devices=await store.listed(ground.db, person.user_id),
    )


@web.post(
    f"{PAGE}/devices/{{device_id:int}}/remove",
    credentials=("session",),
    rate="page",
    face="page",
    include_in_schema=False,
)
async def device_remove_form(
    request: Request[Any, Any, Any], ground: Given[Ground], device_id: Id, data: Token
) -> Response[bytes]:
    """A device of the app gets in by a sign-in alone from now on; that it was gone already is as good."""
    caller = checked(request, data.csrf_token)
    try:
        await mine.remove(ground, caller.user_id, device_id)
    except NotFound:
        return see_other(PAGE)
    return see_other(PAGE)


@web.post(f"{PAGE}/{{session_id:str}}/end", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def session_end_form(
    request: Request[Any, Any, Any], ground: Given[Ground], session_id: FromPath[str], data: Token
) -> Response[bytes]:
    """Signs one browser out; that it was out already is as good."""
    caller = checked(request, data.csrf_token)
    try:
        await sessions.end(ground, caller.user_id, session_id)
    except NotFound:
        return see_other(PAGE)
    return see_other(PAGE)


@web.post(f"{PAGE}/end-others", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def sessions_end_form(request: Request[Any, Any, Any], ground: Given[Ground], data: Token) -> Response[bytes]:
    """Signs every other browser out."""
    caller = checked(request, data.csrf_token)
    await sessions.end_others(ground, caller.user_id, caller.session_id)
    return see_other(PAGE)


ROUTES = [sessions_page, session_end_form, sessions_end_form, device_remove_form]
