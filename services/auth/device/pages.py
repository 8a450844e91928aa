"""The page where a person lets a device in: type the code, compare it, see who asks for what, say yes or no."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import segno
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.guard import check_csrf
from chassis.web.languages import choose
from chassis.web.pages import Pages
from contracts.principal import Session
from services.auth.accounts import console_pages
from services.auth.authorize import consent
from services.auth.device import begin, codes, decide
from services.auth.device.decide import Device, TooManyUserCodes, UserCodeUnknown
from services.auth.ground import Ground
from services.auth.sessions import visit

LONGEST = 40
"""Characters of a typed code that are given back to be mended."""


class CodeForm(msgspec.Struct):
    user_code: str = ""
    csrf_token: str = ""


class DecisionForm(msgspec.Struct):
    user_code: str = ""
    csrf_token: str = ""
    decision: str = ""


Form = Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(begin.PAGE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def activate_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], user_code: FromQuery[str] = ""
) -> Response[bytes]:
    """The empty form, or, from `verification_uri_complete`, what the device asks for."""
    if not user_code:
        return await _form(request, ground, pages, "")
    return await _ask(request, ground, pages, user_code)


@web.post(begin.PAGE, credentials=("session",), rate="user_code", face="page", include_in_schema=False)
async def activate_form(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], data: Form
) -> Response[bytes]:
    """The code as it was typed."""
    check_csrf(web.session(request), data.csrf_token)
    return await _ask(request, ground, pages, data.user_code)


@web.post(f"{begin.PAGE}/decision", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def activate_decision(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[DecisionForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """The person's yes or no to the device that they were shown."""
    visitor = web.session(request)
    check_csrf(visitor, data.csrf_token)
    if data.decision not in {"allow", "deny"}:
        raise InvalidRequest("decision has to be allow or deny.")
    try:
        device = await decide.find(ground, visitor, visit.place(request).ip, data.user_code)
        outcome = await _decided(ground, visitor, device, data.decision)
    except (UserCodeUnknown, TooManyUserCodes) as problem:
        return await _form(request, ground, pages, data.user_code, problem)
    return pages.render(request, "device_done.html", at=begin.PAGE, outcome=outcome, app=device.app)


async def _decided(ground: Ground, visitor: Session, device: Device, decision: str) -> str:
    if decision == "deny" or not device.scopes:
        await decide.deny(ground, device)
        return "denied"
    await decide.approve(ground, visitor, device)
    return "allowed"


async def _ask(request: Request[Any, Any, Any], ground: Ground, pages: Pages, text: str) -> Response[bytes]:
    visitor = web.session(request)
    try:
        device = await decide.find(ground, visitor, visit.place(request).ip, text)
    except (UserCodeUnknown, TooManyUserCodes) as problem:
        return await _form(request, ground, pages, text, problem)
    address = begin.complete(ground.issuer, device.user_code)
    here = address.removeprefix(ground.issuer)
    return pages.render(
        request,
        "device_ask.html",
        at=here,
        device=device,
        user_code=codes.shown(device.user_code),
        scopes=consent.in_plain_words(pages.words, choose(request), device.scopes),
        visitor=await console_pages.visitor(request, ground),
        other_account=f"/session/new?return_to={quote(here, safe='')}&again=1",
        qr=segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=3, dark="#000", light="#fff"),
    )


async def _form(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    user_code: str,
    problem: UserCodeUnknown | TooManyUserCodes | None = None,
) -> Response[bytes]:
    response = pages.render(
        request,
        "device.html",
        status=problem.status if problem else 200,
        at=begin.PAGE,
        user_code=user_code[:LONGEST],
        wrong=_words(pages, request, problem),
        visitor=await console_pages.visitor(request, ground),
    )
    response.headers.update(problem.headers if problem else {})
    return response


def _words(
    pages: Pages, request: Request[Any, Any, Any], problem: UserCodeUnknown | TooManyUserCodes | None
) -> str | None:
    t = pages.words.of(choose(request))
    if isinstance(problem, TooManyUserCodes):
        return t("device.too_many", minutes=-(-int(problem.headers["retry-after"]) // 60))
    return t("device.unknown") if problem else None


ROUTES = [activate_page, activate_form, activate_decision]
