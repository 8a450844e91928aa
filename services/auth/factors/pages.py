"""/session/second: whoever has shown a password and owes the second factor shows it here."""

from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.guard import CsrfTokenMissing
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other
from services.auth import sessions
from services.auth.accounts import returning
from services.auth.factors import entrance, second, store
from services.auth.factors.second import SignInExpired
from services.auth.factors.tries import TooManyCodes, WrongCode
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.passkeys import challenges
from services.auth.passkeys import store as passkeys
from services.auth.passkeys.show import PasskeyRefused
from services.auth.sessions import cookies, visit


class FactorForm(msgspec.Struct):
    """One of `code`, `backup` and `credential`, which a script fills in."""

    code: str = ""
    backup: str = ""
    credential: str = ""
    return_to: str = ""
    csrf_token: str = ""


Form = Annotated[FactorForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(entrance.PAGE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def second_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], return_to: FromQuery[str] = ""
) -> Response[bytes]:
    """What this account can show; without a sign-in under way the sign-in page."""
    try:
        return await _page(request, ground, pages, return_to)
    except SignInExpired:
        return see_other(returning.sign_in(return_to))


@web.post(entrance.PAGE, credentials=("own",), rate="factor", face="page", include_in_schema=False)
async def second_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: Form
) -> Response[bytes]:
    """A code, or what a passkey answered."""
    half = _half(request, ground, data)
    here = second.Visit(
        place=visit.place(request),
        cookie=cookies.value(request, ground.issuer),
        device=remember.shown(request, ground.issuer),
    )
    try:
        if data.credential:
            done = await second.by_passkey(ground, half, data.credential, here)
        else:
            done = await second.by_code(ground, half, data.code or data.backup, here)
    except SignInExpired:
        return see_other(returning.sign_in(data.return_to))
    except (WrongCode, TooManyCodes, PasskeyRefused) as problem:
        return await _page(request, ground, pages, data.return_to, problem)
    known = remember.issue(ground.issuer, done.device)
    kept = [sessions.issue(ground.issuer, done.cookie), cookies.expired_half(ground.issuer), known]
    return entrance.onward(ground, data.return_to, kept)


@web.post(f"{entrance.PAGE}/options", credentials=("own",), rate="page", face="page", include_in_schema=False)
async def second_options(request: Request[Any, Any, Any], ground: Given[Ground], data: Form) -> Response[bytes]:
    """What the page's script asks the browser with."""
    half = _half(request, ground, data)
    account = await second.whose(ground, half)
    held = await passkeys.of(ground.db, account.id)
    return told(await challenges.to_show(ground, second.bound_to(half), held, verified=False))


def told(options: str) -> Response[bytes]:
    """Options for a script of ours."""
    return Response(options.encode(), media_type="application/json", headers={"cache-control": "no-store"})


def what_is_wrong(pages: Pages, request: Request[Any, Any, Any], problem: Problem | None) -> str | None:
    """In the visitor's language; the key of the words is the code of the refusal."""
    if problem is None:
        return None
    t = pages.words.of(choose(request))
    minutes = -(-int(problem.headers.get("retry-after", "0")) // 60)
    return t("factors.too_many", minutes=minutes) if problem.status == 429 else t(f"factors.{problem.code}")


def _half(request: Request[Any, Any, Any], ground: Ground, form: FactorForm) -> str:
    if not cookies.form_is_ours(request, ground.issuer, form.csrf_token):
        raise CsrfTokenMissing
    return cookies.half(request, ground.issuer) or ""


async def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, return_to: str, problem: Problem | None = None
) -> Response[bytes]:
    account = await second.whose(ground, cookies.half(request, ground.issuer))
    secret, cookie = cookies.form_secret(request, ground.issuer)
    there = returning.safe(return_to)
    response = pages.render(
        request,
        "second.html",
        status=problem.status if problem else 200,
        leads_away=returning.leads_away(there),
        at=f"{entrance.PAGE}?{urlencode({'return_to': there})}",
        cookies=[cookie],
        address=entrance.PAGE,
        csrf_token=cookies.form_token(secret),
        return_to=there,
        need="",
        enrolled=await store.enrolled(ground.db, account.id),
        wrong=what_is_wrong(pages, request, problem),
        other=f"{returning.sign_in(there)}&again=1",
    )
    response.headers.update(problem.headers if problem else {})
    return response


ROUTES = [second_page, second_form, second_options]
