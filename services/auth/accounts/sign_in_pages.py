"""The sign-in page, for the console and for people whom an application sent, and the way out."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.web import Given
from chassis.web.guard import CsrfTokenMissing, check_csrf
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from contracts.principal import Session
from services.auth import sessions
from services.auth.accounts import returning, sign_in
from services.auth.accounts.sign_in import AccountClosed, Attempt, Mismatch, TooManyTries
from services.auth.authorize import methods
from services.auth.authorize.methods import Door
from services.auth.factors import entrance
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.sessions import cookies, visit


class SignInForm(msgspec.Struct):
    email: str = ""
    password: str = ""
    return_to: str = ""
    csrf_token: str = ""


class SignOutForm(msgspec.Struct):
    csrf_token: str = ""


@web.get(["/session/new", "/console/login"], credentials=("own",), rate="page", face="page", include_in_schema=False)
async def sign_in_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    return_to: FromQuery[str] = "",
    again: FromQuery[bool] = False,
) -> Response[bytes]:
    """The form; who is signed in goes on at once, unless `again` asks for a fresh proof."""
    if not again and await visit.visitor(request, ground) is not None:
        return entrance.onward(ground, return_to)
    door = await methods.door(ground, return_to)
    return _form(request, ground, pages, SignInForm(return_to=return_to, email=door.login_hint), door)


@web.post("/session", credentials=("own",), rate="login", face="page", include_in_schema=False)
async def sign_in_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[SignInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Signs in with a password. One answer for every wrong pair of address and password."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    await methods.must_take(ground, data.return_to, "email")
    cookie = cookies.value(request, ground.issuer)
    attempt = Attempt(
        email=data.email,
        password=data.password,
        place=visit.place(request),
        cookie=cookie,
        device=remember.shown(request, ground.issuer),
    )
    try:
        entered = await sign_in.enter(ground, attempt)
    except (Mismatch, TooManyTries) as problem:
        return _form(request, ground, pages, data, await methods.door(ground, data.return_to), problem)
    except AccountClosed as closed:
        return see_other(closed.page)
    response = entrance.lead(ground, entered.opened, data.return_to)
    if entered.device is not None:
        response.set_cookie(remember.issue(ground.issuer, entered.device))
    return response


@web.post("/session/sign_out", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def sign_out_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[SignOutForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Ends this browser's session; the CSRF token keeps others from doing it."""
    caller = web.person(request)
    if not isinstance(caller, Session):
        raise CsrfTokenMissing
    check_csrf(caller, data.csrf_token)
    async with ground.db.transaction() as tx:
        await sessions.end(tx, bytes.fromhex(caller.session_id), ground.clock.now())
    return see_other("/session/new", cookies=[sessions.expired(ground.issuer)])


def _form(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    form: SignInForm,
    door: Door,
    problem: Mismatch | TooManyTries | None = None,
) -> Response[bytes]:
    secret, cookie = cookies.form_secret(request, ground.issuer)
    return_to = returning.safe(form.return_to)
    response = pages.render(
        request,
        "sign_in.html",
        status=problem.status if problem else 200,
        at=returning.sign_in(return_to),
        leads_away=returning.leads_away(return_to),
        cookies=[cookie],
        csrf_token=cookies.form_token(secret),
        return_to=return_to,
        sign_up=returning.sign_up(return_to),
        forgotten=returning.forgotten(return_to),
        email=form.email,
        shown=door.shown,
        providers=door.providers,
        again="again" in request.query_params,
        asker=door.asker,
        wrong=_words(pages, request, problem),
    )
    response.headers.update(problem.headers if problem else {})
    return response


def _words(pages: Pages, request: Request[Any, Any, Any], problem: Mismatch | TooManyTries | None) -> str | None:
    t = pages.words.of(choose(request))
    if isinstance(problem, TooManyTries) and problem.members["anywhere"]:
        return t("sign_in.too_many_anywhere")
    if isinstance(problem, TooManyTries):
        return t("sign_in.too_many", minutes=-(-int(problem.headers["retry-after"]) // 60))
    return t("sign_in.wrong") if problem else None
