"""Changing the password: /account/password for a browser, and the same verb by API."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery, JSONBody

from chassis import web
from chassis.problems import Unauthorized, ValidationFailed
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from contracts.principal import Session
from services.auth.accounts import store as accounts
from services.auth.accounts.console_pages import checked, visitor
from services.auth.ground import Ground
from services.auth.passwords import change
from services.auth.passwords.hashing import LONGEST, SHORTEST
from services.auth.step_up import require

PAGE: Final = "/account/password"


_WORDS: Final = {
    "password.short": f"at least {SHORTEST} characters are needed",
    "password.long": f"at most {LONGEST} characters are taken",
    "password.breached": "this password, or one like it, is among those that leaked elsewhere",
}


class PasswordForm(msgspec.Struct):
    password: str = ""
    csrf_token: str = ""


class NewPassword(msgspec.Struct, frozen=True, kw_only=True):
    password: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many other sessions ended with the old password."""

    ended_sessions: int


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def password_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], done: FromQuery[bool] = False
) -> Response[bytes]:
    """The form, for who has just shown who they are."""
    if not done:
        require(ground, web.principal(request))
    return await _page(request, ground, pages, done=done)


@web.post(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def password_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[PasswordForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Sets the password."""
    caller = checked(request, data.csrf_token)
    try:
        await change.password(ground, caller, data.password)
    except ValidationFailed as problem:
        return await _page(request, ground, pages, wrong=problem.fields)
    return see_other(f"{PAGE}?done=1")


@web.put("/api/v1/me/password", credentials=("session",), rate="login", tags=["Account"])
async def set_password(request: Request[Any, Any, Any], ground: Given[Ground], data: JSONBody[NewPassword]) -> Ended:
    """Sets the password; every other session ends. 403 `step_up_required` without fresh proof of who one is."""
    caller = web.principal(request)
    if not isinstance(caller, Session):
        raise Unauthorized
    try:
        return Ended(ended_sessions=await change.password(ground, caller, data.password))
    except ValidationFailed as problem:
        said = {name: [_WORDS[key] for key in keys] for name, keys in problem.fields.items()}
        raise ValidationFailed(fields=said) from problem


async def _page(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    *,
    done: bool = False,
    wrong: dict[str, list[str]] | None = None,
) -> Response[bytes]:
    person = await visitor(request, ground)
    account = await accounts.by_id(ground.db, person.user_id)
    t = pages.words.of(choose(request))
    return pages.render(
        request,
        "password.html",
        status=422 if wrong else 200,
        at=PAGE,
        visitor=person,
        has_one=account is not None and account.password_hash is not None,
        done=done,
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


ROUTES = [password_page, password_form, set_password]
