"""/account/one-time-codes and /account/backup-codes: turning codes on, proving the first one, turning them off."""

from typing import Annotated, Any, Final

import msgspec
import segno
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.pages import Pages, see_other
from services.auth import sessions, step_up
from services.auth.accounts.console_pages import TokenForm, checked, visitor
from services.auth.backup_codes import make
from services.auth.factors import store as factors
from services.auth.factors.pages import what_is_wrong
from services.auth.factors.tries import TooManyCodes, WrongCode
from services.auth.ground import Ground
from services.auth.totp import enrol, store
from services.auth.totp.enrol import NotBegun

PAGE: Final = "/account/one-time-codes"
BACKUP: Final = "/account/backup-codes"


class CodeForm(msgspec.Struct):
    code: str = ""
    csrf_token: str = ""


Token = Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def totp_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Whether codes are on, and since when."""
    person = await visitor(request, ground)
    seed = await store.find(ground.db, person.user_id)
    kept = seed if seed is not None and seed.confirmed_at is not None else None
    return pages.render(request, "totp.html", visitor=person, seed=kept)


@web.post(PAGE, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def totp_begin(request: Request[Any, Any, Any], ground: Given[Ground], data: Token) -> Response[bytes]:
    """A new seed, shown on the page that follows."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    await enrol.begin(ground, caller.user_id)
    return see_other(f"{PAGE}/new")


@web.get(f"{PAGE}/new", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def totp_new_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The QR code, the seed for who types it, and the field for the first code."""
    step_up.require(ground, web.principal(request))
    try:
        return await _offer(request, ground, pages)
    except NotBegun:
        return see_other(PAGE)


@web.post(f"{PAGE}/new", credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def totp_confirm(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """The first code; with it the backup codes are shown, this once."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    try:
        done = await enrol.confirm(ground, caller, data.code)
    except (WrongCode, TooManyCodes) as problem:
        return await _offer(request, ground, pages, problem)
    except NotBegun:
        return see_other(PAGE)
    return await show_codes(request, ground, pages, done.backup_codes, done.cookie)


@web.post(f"{PAGE}/remove", credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def totp_remove(request: Request[Any, Any, Any], ground: Given[Ground], data: Token) -> Response[bytes]:
    """Turns codes off."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    await enrol.remove(ground, caller.user_id)
    return see_other(PAGE)


@web.get(BACKUP, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def backup_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """How many are left, and the button for new ones."""
    person = await visitor(request, ground)
    enrolled = await factors.enrolled(ground.db, person.user_id)
    return pages.render(request, "backup_codes.html", visitor=person, enrolled=enrolled)


@web.post(BACKUP, credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def backup_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: Token
) -> Response[bytes]:
    """New ones instead of the old, shown this once."""
    caller = checked(request, data.csrf_token)
    step_up.require(ground, caller)
    return await show_codes(request, ground, pages, await make.anew(ground, caller.user_id), None)


async def show_codes(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, codes: tuple[str, ...], cookie: str | None
) -> Response[bytes]:
    """After an enrolment: the only page that ever has the codes. `cookie` is the renewed session's."""
    person = await visitor(request, ground)
    kept = [] if cookie is None else [sessions.issue(ground.issuer, cookie)]
    if not codes:
        return see_other("/account/security", cookies=kept)
    return pages.render(request, "backup_codes_new.html", visitor=person, codes=codes, at=BACKUP, cookies=kept)


async def _offer(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, problem: Problem | None = None
) -> Response[bytes]:
    person = await visitor(request, ground)
    offer = await enrol.offered(ground, person.user_id)
    response = pages.render(
        request,
        "totp_new.html",
        status=problem.status if problem else 200,
        at=f"{PAGE}/new",
        visitor=person,
        seed=" ".join(offer.seed[at : at + 4] for at in range(0, len(offer.seed), 4)),
        uri=offer.uri,
        qr=segno.make(offer.uri, error="m", micro=False).svg_data_uri(scale=4, border=3, dark="#000", light="#fff"),
        wrong=what_is_wrong(pages, request, problem),
    )
    response.headers.update(problem.headers if problem else {})
    return response


ROUTES = [totp_page, totp_begin, totp_new_page, totp_confirm, totp_remove, backup_page, backup_form]
