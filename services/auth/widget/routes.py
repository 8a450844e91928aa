"""/widget.js for pages of relying parties, and the frame that it makes with what the frame asks (auth.md 2.5)."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body

from chassis import web
from chassis.problems import error_uri
from chassis.web import Given, etags
from chassis.web.guard import CsrfTokenMissing
from chassis.web.pages import Pages
from services.auth.authorize.refusals import BackToClient
from services.auth.ground import Ground
from services.auth.qr import begin as qr
from services.auth.qr import browser_routes, holder
from services.auth.qr.holder import Holder
from services.auth.qr.refusals import QrUnknown
from services.auth.sessions import visit
from services.auth.token import form
from services.auth.widget import embed
from services.auth.widget.embed import Embedded

SCRIPT: Final = "widget.js"
NOT_OURS: Final = ("origin", "lang")
"""Parameters of the frame that are none of the authorization request."""


class HeldForm(msgspec.Struct):
    holder: str = ""


class WidgetStatus(msgspec.Struct, frozen=True, kw_only=True):
    status: str


class WidgetCode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the relying party's page is told: a code, or why there is none."""

    state: str
    iss: str
    code: str | None = None
    error: str | None = None
    error_description: str | None = None
    error_uri: str | None = None


Held = Annotated[HeldForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@web.get(f"/{SCRIPT}", credentials=("none",), rate="public", face="page", cached=True, include_in_schema=False)
async def widget_script(request: Request[Any, Any, Any], pages: Given[Pages]) -> Response[bytes]:
    """The script that makes the frame; pages of other origins load it by this name for ever."""
    script = pages.assets[SCRIPT]
    etag = f'"{script.digest}"'
    headers = {
        "cache-control": "public, max-age=300",
        "etag": etag,
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "cross-origin",
    }
    known = etags.known(request, etag)
    return Response(
        b"" if known else script.content,
        status_code=304 if known else 200,
        headers=headers,
        media_type=script.media_type,
    )


@web.get("/widget", credentials=("none",), rate="authorize", face="page", include_in_schema=False)
async def widget_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The frame, with a fresh picture. Only the app's own origins may hold it."""
    pairs = form.pairs(request.scope["query_string"])
    frame = await embed.admitted(ground, pairs)
    # What was pushed is spent by now: it goes on in a window as the request that was kept, and not a second time.
    fresh = None if frame.asked.pushed else urlencode([pair for pair in pairs if pair[0] not in NOT_OURS])
    try:
        begun = await embed.begin(ground, frame, visit.place(request))
    except BackToClient as refusal:
        told = _refused(ground, frame.asked.state, refusal)
        window = fresh and f"/oauth/authorize?{fresh}"
        return _framed(pages, request, frame, window=window, told=msgspec.json.encode(told).decode())
    payload = qr.payload(ground.issuer, begun.session.id)
    return _framed(
        pages,
        request,
        frame,
        window=f"/oauth/authorize?{fresh}" if fresh else begun.session.return_to,
        again=fresh is not None,
        session=begun.session,
        holder=begun.holder.sealed(ground.vault),
        payload=payload,
        picture=browser_routes.picture(payload),
    )


@web.post("/widget/status", credentials=("none",), rate="page", include_in_schema=False)
async def widget_status(request: Request[Any, Any, Any], ground: Given[Ground], data: Held) -> WidgetStatus:
    """How the sign-in stands, for the frame that began it."""
    return WidgetStatus(status=await browser_routes.standing(ground, _held(request, ground, data)))


@web.post("/widget/finish", credentials=("none",), rate="login", include_in_schema=False)
async def widget_finish(request: Request[Any, Any, Any], ground: Given[Ground], data: Held) -> WidgetCode:
    """The code, once."""
    held = _held(request, ground, data)
    state = await embed.state(ground, held)
    try:
        told = await embed.end(ground, held, visit.place(request))
    except BackToClient as refusal:
        return _refused(ground, state, refusal)
    return WidgetCode(state=told.request.state, iss=ground.issuer, code=told.code)


def _held(request: Request[Any, Any, Any], ground: Ground, data: HeldForm) -> Holder:
    if request.headers.get("origin", ground.issuer) != ground.issuer:
        raise CsrfTokenMissing
    held = holder.opened(ground.vault, data.holder)
    if held is None:
        raise QrUnknown
    return held


def _refused(ground: Ground, state: str, refusal: BackToClient) -> WidgetCode:
    return WidgetCode(
        state=state,
        iss=ground.issuer,
        error=refusal.error,
        error_description=refusal.description or None,
        error_uri=error_uri(ground.issuer, refusal.error),
    )


def _framed(pages: Pages, request: Request[Any, Any, Any], frame: Embedded, **context: Any) -> Response[bytes]:
    """The page with the app's origins as its only possible ancestors; every other page of ours has none."""
    usual = {"session": None, "holder": None, "payload": None, "picture": None, "told": None, "again": False}
    response = pages.render(request, "widget.html", app=frame.app, origin=frame.origin, **{**usual, **context})
    policy = response.headers["content-security-policy"]
    allowed = policy.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(frame.ancestors)}")
    response.headers["content-security-policy"] = allowed
    # It knows no list of origins, and would forbid what the policy allows.
    del response.headers["x-frame-options"]
    response.headers["cross-origin-resource-policy"] = "cross-origin"
    return response


ROUTES = [widget_script, widget_page, widget_status, widget_finish]
