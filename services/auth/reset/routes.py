"""The pages of a forgotten password: asking for a link, and choosing a new one behind it."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import ValidationFailed
from chassis.web import Given
from chassis.web.guard import CsrfTokenMissing
from chassis.web.languages import choose as language_of
from chassis.web.pages import Pages, see_other
from services.auth.accounts import returning
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.reset import ask, choose, store
from services.auth.sessions import cookies


class ForgottenForm(msgspec.Struct):
    email: str = ""
    return_to: str = ""
    csrf_token: str = ""


class NewPasswordForm(msgspec.Struct):
    token: str = ""
    password: str = ""
    csrf_token: str = ""


class LetInForm(msgspec.Struct):
    token: str = ""
    csrf_token: str = ""


@web.get("/session/forgot", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def forgotten_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], return_to: FromQuery[str] = ""
) -> Response[bytes]:
    """Asks for the address."""
    secret, cookie = cookies.form_secret(request, ground.issuer)
    there = returning.safe(return_to)
    return pages.render(
        request, "forgotten.html", csrf_token=cookies.form_token(secret), cookies=[cookie], return_to=there
    )


@web.post("/session/forgot", credentials=("own",), rate="reset", face="page", include_in_schema=False)
async def forgotten_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[ForgottenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Takes the address; the answer and the work are the same for every one."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    await ask.link(ground, data.email, language_of(request), returning.wish(data.return_to))
    return see_other("/session/forgot/sent")


@web.get("/session/forgot/sent", credentials=("none",), rate="page", face="page", include_in_schema=False)
async def forgotten_sent(request: Request[Any, Any, Any], pages: Given[Pages]) -> Response[bytes]:
    """Asks to look for the mail."""
    return pages.render(request, "forgotten_sent.html")


@web.get("/session/reset", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def reset_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], token: FromQuery[str] = ""
) -> Response[bytes]:
    """The form behind the link, which opening it does not use up. Raises ResetLinkSpent."""
    return await _form(request, ground, pages, token)


@web.post("/session/reset", credentials=("own",), rate="reset", face="page", include_in_schema=False)
async def reset_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[NewPasswordForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Uses the link up. Raises ResetLinkSpent, QueueFull."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    try:
        done = await choose.password(ground, data.token, data.password, remember.shown(request, ground.issuer))
    except ValidationFailed as problem:
        return await _form(request, ground, pages, data.token, problem.fields)
    return pages.render(
        request,
        "reset_done.html",
        at="/session/new",
        next=returning.sign_in(done.return_to),
        cookies=[remember.issue(ground.issuer, done.device)],
    )


@web.post("/session/let_in", credentials=("own",), rate="reset", face="page", include_in_schema=False)
async def let_in_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[LetInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Keeps the password and makes this browser known. Raises ResetLinkSpent."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    done = await choose.let_in(ground, data.token, remember.shown(request, ground.issuer))
    return see_other(returning.sign_in(done.return_to), cookies=[remember.issue(ground.issuer, done.device)])


async def _form(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    token: str,
    wrong: dict[str, list[str]] | None = None,
) -> Response[bytes]:
    email = await store.find(ground.db, ask.digest(token), ground.clock.now())
    if email is None:
        raise choose.ResetLinkSpent
    secret, cookie = cookies.form_secret(request, ground.issuer)
    t = pages.words.of(language_of(request))
    return pages.render(
        request,
        "reset.html",
        status=422 if wrong else 200,
        at=f"/session/reset?token={token}",
        csrf_token=cookies.form_token(secret),
        cookies=[cookie],
        token=token,
        email=email,
        errors={name: t(keys[0]) for name, keys in (wrong or {}).items()},
    )


ROUTES = [forgotten_page, forgotten_form, forgotten_sent, reset_page, reset_form, let_in_form]
