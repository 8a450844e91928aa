"""/account/email: asking for another address, and the same by API."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, JSONBody

from chassis import web
from chassis.problems import Unauthorized, ValidationFailed
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from contracts.principal import Session
from services.auth import step_up
from services.auth.accounts.console_pages import checked, visitor
from services.auth.email_change import move
from services.auth.ground import Ground

PAGE: Final = "/account/email"


class EmailForm(msgspec.Struct):
    email: str = ""
    csrf_token: str = ""


class NewEmail(msgspec.Struct, frozen=True, kw_only=True):
    email: str


class Mailed(msgspec.Struct, frozen=True, kw_only=True):
    """The account keeps its address until the link in that mail is used."""

    pending_email: str


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def email_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The form, for who has just shown who they are."""
    step_up.require(ground, web.principal(request))
    return await _page(request, ground, pages, "")


@web.post(PAGE, credentials=("session",), rate="mail", face="page", include_in_schema=False)
async def email_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[EmailForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Mails a link to the new address, and word of it to the old one."""
    caller = checked(request, data.csrf_token)
    try:
        await move.ask(ground, caller, data.email, choose(request))
    except ValidationFailed as problem:
        return await _page(request, ground, pages, data.email, problem.fields)
    return see_other("/account?sent=email")


@web.put("/api/v1/me/email", credentials=("session",), rate="mail", status_code=202, tags=["Account"])
async def change_email(request: Request[Any, Any, Any], ground: Given[Ground], data: JSONBody[NewEmail]) -> Mailed:
    """Asks for another address; it counts once its link is used. The answer is the same whoever has it.

    403 `step_up_required` without fresh proof of who one is; 422 for what no mail can reach.
    """
    caller = web.principal(request)
    if not isinstance(caller, Session):
        raise Unauthorized
    try:
        await move.ask(ground, caller, data.email, choose(request))
    except ValidationFailed as problem:
        raise ValidationFailed(fields={"email": ["mail cannot reach this"]}) from problem
    return Mailed(pending_email=data.email)


async def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, email: str, wrong: dict[str, list[str]] | None = None
) -> Response[bytes]:
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "email_change.html",
        status=422 if wrong else 200,
        at=PAGE,
        visitor=await visitor(request, ground),
        email=email,
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


ROUTES = [email_page, email_form, change_email]
