"""The page on the other device: which browser wants in, for whom, with what number, and the person's yes or no."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromQuery

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages
from contracts.principal import Session
from services.auth.accounts.console_pages import checked, visitor
from services.auth.authorize import consent
from services.auth.ground import Ground
from services.auth.qr import begin, decide
from services.auth.qr.refusals import NumberMismatch, QrUnknown


class DecisionForm(msgspec.Struct):
    session: str = ""
    number: str = ""
    decision: str = ""
    csrf_token: str = ""


@web.get(begin.APPROVE, credentials=("session",), rate="page", face="page", include_in_schema=False)
async def approve_page(
    request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages], session: FromQuery[str] = ""
) -> Response[bytes]:
    """What the picture leads to. Looking at it counts as the scan: the browser learns of it, nobody else can look."""
    caller = web.person(request)
    if not isinstance(caller, Session):
        raise TypeError("this route's guard admits callers without a session")
    here = f"{begin.APPROVE}?session={quote(session, safe='')}"
    wanted = await decide.scan(ground, caller, _id(session))
    return pages.render(
        request,
        "qr_ask.html",
        at=here,
        wanted=wanted,
        scopes=consent.in_plain_words(pages.words, choose(request), wanted.scopes),
        visitor=await visitor(request, ground),
        other_account=f"/session/new?return_to={quote(here, safe='')}&again=1",
    )


@web.post(f"{begin.APPROVE}/decision", credentials=("session",), rate="otp", face="page", include_in_schema=False)
async def decision_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    pages: Given[Pages],
    data: Annotated[DecisionForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Their word, with the number that they read off the other screen."""
    caller = checked(request, data.csrf_token)
    session = _id(data.session)
    if data.decision == "deny":
        await decide.deny(ground, caller, session)
        return pages.render(request, "qr_done.html", at="/account", outcome="denied")
    if data.decision != "allow":
        raise InvalidRequest("decision has to be allow or deny.")
    try:
        # No number is as wrong as a wrong one.
        await decide.approve(ground, caller, session, _number(data.number))
    except NumberMismatch:
        return pages.render(request, "qr_done.html", status=422, at="/account", outcome="mismatch")
    return pages.render(request, "qr_done.html", at="/account", outcome="allowed")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise QrUnknown from None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if len(text) == 2 and text.isascii() and text.isdigit() else 0


ROUTES = [approve_page, decision_form]
