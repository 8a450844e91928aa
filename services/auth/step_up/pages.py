"""/session/confirm: a signed-in person shows once more who they are, and goes on with what they were about to do."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.pages import Pages, see_other
from contracts import step_up
from contracts.principal import Session
from contracts.step_up import Need
from services.auth import sessions
from services.auth.accounts import returning
from services.auth.accounts import store as accounts
from services.auth.accounts.console_pages import checked, visitor
from services.auth.accounts.sign_in import Mismatch, TooManyTries
from services.auth.factors import store
from services.auth.factors.pages import told, what_is_wrong
from services.auth.factors.tries import TooManyCodes, WrongCode
from services.auth.ground import Ground
from services.auth.passkeys.show import PasskeyRefused
from services.auth.step_up import confirm, mailed

PAGE: Final = "/session/confirm"


class ConfirmForm(msgspec.Struct):
    """One of `password`, `code`, `backup`, `mailed` and `credential`, which a script fills in."""

    password: str = ""
    code: str = ""
    backup: str = ""
    mailed: str = ""
    credential: str = ""
    return_to: str = ""
    need: str = ""
    csrf_token: str = ""


Form = Annotated[ConfirmForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def confirm_page(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    return_to: FromQuery[str] = "",
    need: FromQuery[str] = "",
) -> Response[bytes]:
    """What this account can show; who has shown it a moment ago goes on at once."""
    if step_up.met(web.principal(request), ground.clock.now(), _need(need)):
        return see_other(returning.safe(return_to))
    return await _page(request, ground, pages, ConfirmForm(return_to=return_to, need=need))


@web.post(PAGE, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def confirm_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: Form
) -> Response[bytes]:
    """A password, a code, or what a passkey answered."""
    caller = checked(request, data.csrf_token)
    try:
        cookie = await _shown(ground, caller, data)
    except (Mismatch, TooManyTries, WrongCode, TooManyCodes, PasskeyRefused) as problem:
        return await _page(request, ground, pages, data, problem)
    return see_other(returning.safe(data.return_to), cookies=[sessions.issue(ground.issuer, cookie)])


@web.post(f"{PAGE}/options", credentials=("session",), rate="passkeys", face="page", include_in_schema=False)
async def confirm_options(request: Request[Any, Any, Any], ground: Given[Ground], data: Form) -> Response[bytes]:
    """What the page's script asks the browser with."""
    return told(await confirm.passkey_options(ground, checked(request, data.csrf_token)))


@web.post(f"{PAGE}/mail", credentials=("session",), rate="mail", face="page", include_in_schema=False)
async def confirm_mail(request: Request[Any, Any, Any], ground: Given[Ground], data: Form) -> Response[bytes]:
    """Mails a code to who has nothing else to show."""
    await confirm.mail_code(ground, checked(request, data.csrf_token))
    return see_other(_here(data))


async def _shown(ground: Ground, caller: Session, form: ConfirmForm) -> str:
    if form.credential:
        return await confirm.by_passkey(ground, caller, form.credential)
    if form.code or form.backup:
        return await confirm.by_code(ground, caller, form.code or form.backup)
    if form.mailed:
        return await confirm.by_mailed_code(ground, caller, form.mailed)
    return await confirm.by_password(ground, caller, form.password)


async def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, form: ConfirmForm, problem: Problem | None = None
) -> Response[bytes]:
    person = await visitor(request, ground)
    account = await accounts.by_id(ground.db, person.user_id)
    there = returning.safe(form.return_to)
    response = pages.render(
        request,
        "confirm.html",
        status=problem.status if problem else 200,
        at=_here(form),
        leads_away=returning.leads_away(there),
        visitor=person,
        address=PAGE,
        csrf_token=person.csrf_token,
        return_to=there,
        need=_need(form.need),
        enrolled=await store.enrolled(ground.db, person.user_id),
        has_password=account is not None and account.password_hash is not None,
        mailed=await mailed.waits(ground, person.user_id),
        wrong=what_is_wrong(pages, request, problem),
        again=f"{returning.sign_in(there)}&again=1",
    )
    response.headers.update(problem.headers if problem else {})
    return response


def _need(text: str) -> Need:
    return "otp" if text == "otp" else "recent"


def _here(form: ConfirmForm) -> str:
    return f"{PAGE}?{urlencode({'return_to': returning.safe(form.return_to), 'need': _need(form.need)})}"


ROUTES = [confirm_page, confirm_form, confirm_options, confirm_mail]
