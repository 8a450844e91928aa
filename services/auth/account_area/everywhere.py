"""Signing out everywhere: every session and every token of a person, by API and by the button on the security page."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.web import Given
from chassis.web.pages import see_other
from services.auth import sessions
from services.auth.accounts.console_pages import TokenForm, checked
from services.auth.ground import Ground
from services.auth.standing import everywhere


async def sign_out(ground: Ground, user_id: int) -> None:
    """What was granted stays granted, and personal API keys stay."""
    async with ground.db.transaction() as tx:
        await everywhere.sign_out(tx, user_id, "signed_out", ground.clock.now())


@web.post(
    "/api/v1/me/sign_out_everywhere",
    credentials=("session", "pak"),
    scopes=("profile:write",),
    rate="api",
    status_code=204,
    tags=["Account"],
)
async def sign_out_everywhere(request: Request[Any, Any, Any], ground: Given[Ground]) -> None:
    """Ends every session, this one too, and every token that an application holds. Personal API keys stay."""
    await sign_out(ground, web.person(request).user_id)


@web.post("/account/sign-out-everywhere", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def sign_out_everywhere_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """The same, and the way back in."""
    caller = checked(request, data.csrf_token)
    await sign_out(ground, caller.user_id)
    return see_other("/session/new", cookies=[sessions.expired(ground.issuer)])


ROUTES = [sign_out_everywhere, sign_out_everywhere_form]
