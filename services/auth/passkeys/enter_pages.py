"""/session/passkey: the passkey half of the sign-in page, which the browser's own list of names may offer."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.web import Given
from chassis.web.guard import CsrfTokenMissing
from chassis.web.pages import Pages, see_other
from services.auth import sessions
from services.auth.accounts import returning
from services.auth.authorize import methods
from services.auth.deletion import restore
from services.auth.factors import entrance
from services.auth.factors.pages import told, what_is_wrong
from services.auth.ground import Ground
from services.auth.passkeys import enter
from services.auth.passkeys.show import PasskeyRefused
from services.auth.sessions import cookies, visit

PAGE = "/session/passkey"


class EnterForm(msgspec.Struct):
    """What a script of ours sends."""

    credential: str = ""
    return_to: str = ""
    csrf_token: str = ""


Form = Annotated[EnterForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def passkey_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], return_to: FromQuery[str] = ""
) -> Response[bytes]:
    """Passkeys alone; for who came back to this address."""
    return _page(request, ground, pages, return_to, None)


@web.post(f"{PAGE}/options", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def passkey_options(request: Request[Any, Any, Any], ground: Given[Ground], data: Form) -> Response[bytes]:
    """What the sign-in page's script asks the browser with; nothing in it depends on who might sign in."""
    return told(await enter.options(ground, _secret(request, ground, data)))


@web.post(PAGE, credentials=("own",), rate="factor", face="page", include_in_schema=False)
async def passkey_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: Form
) -> Response[bytes]:
    """Signs in with what a passkey answered."""
    secret = _secret(request, ground, data)
    await methods.must_take(ground, data.return_to, "email")
    place, cookie = visit.place(request), cookies.value(request, ground.issuer)
    try:
        fresh = await enter.enter(ground, secret, data.credential, place, cookie)
    except PasskeyRefused as problem:
        return _page(request, ground, pages, data.return_to, problem)
    except enter.AccountClosed as closed:
        return see_other(await restore.offer(ground, closed.user_id))
    return entrance.onward(ground, data.return_to, [sessions.issue(ground.issuer, fresh)])


def _secret(request: Request[Any, Any, Any], ground: Ground, form: EnterForm) -> str:
    """The secret that binds challenges to this browser."""
    if not cookies.form_is_ours(request, ground.issuer, form.csrf_token):
        raise CsrfTokenMissing
    return cookies.form_secret(request, ground.issuer)[0]


def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, return_to: str, problem: PasskeyRefused | None
) -> Response[bytes]:
    secret, cookie = cookies.form_secret(request, ground.issuer)
    there = returning.safe(return_to)
    return pages.render(
        request,
        "passkey_alone.html",
        status=problem.status if problem else 200,
        at=f"{PAGE}?{urlencode({'return_to': there})}",
        leads_away=returning.leads_away(there),
        cookies=[cookie],
        csrf_token=cookies.form_token(secret),
        return_to=there,
        wrong=what_is_wrong(pages, request, problem),
        other=f"{returning.sign_in(there)}&again=1",
    )


ROUTES = [passkey_page, passkey_options, passkey_form]
