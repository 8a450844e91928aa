"""The browser's side of a sign-in by picture: it begins, shows, waits, and goes on as whoever approved it."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import segno
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from chassis import web
from chassis.web import Given
from chassis.web.describe import Told
from chassis.web.guard import CsrfTokenMissing
from chassis.web.pages import Pages, see_other
from services.auth.accounts import addresses, returning, store
from services.auth.authorize import begin as authorize
from services.auth.authorize import decide as requests
from services.auth.authorize import methods
from services.auth.authorize.parameters import AuthorizationParameters
from services.auth.authorize.refusals import BackToClient, ClientUnknown
from services.auth.authorize.request import Asked
from services.auth.authorize.store import Pending
from services.auth.factors import entrance
from services.auth.ground import Ground
from services.auth.qr import begin, finish, holder
from services.auth.qr import store as sessions
from services.auth.qr.holder import Holder
from services.auth.qr.refusals import QrUnknown, RequestUnfit, UnknownClient
from services.auth.sessions import cookies, visit
from services.auth.token import form

PAGE: Final = "/session/qr"
COOKIE: Final = "logi_qr"
FORM_BYTES: Final = 16 * 1024


class QrBegun(msgspec.Struct, frozen=True, kw_only=True):
    """`qr_payload` is what the picture holds; `cable_path` answers how the sign-in stands, to this browser alone."""

    session_id: str
    qr_payload: str
    cable_path: str
    number: int
    """Two digits to be shown beside the picture."""
    expires_in: int
    """Seconds."""


class QrStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`pending`, `scanned`, `approved`, `denied`, `consumed` or `expired`."""

    status: str


class GoOnForm(msgspec.Struct):
    csrf_token: str = ""


@web.post(
    "/oauth/qr/start",
    credentials=("own",),
    rate="authorize",
    body_limit=FORM_BYTES,
    told=Told(form=AuthorizationParameters, answers=(303, 403)),
)
async def start_qr(request: Request[Any, Any, Any], ground: Given[Ground]) -> Response[Any]:
    """Begins a sign-in by picture for an authorization request (auth.md 2.4).

    Takes the OAuth parameters as a form, or from our own sign-in page `return_to` with its CSRF token. Sets a cookie
    without which nobody can finish. A browser that wants HTML is sent to the page with the picture.
    """
    pairs = form.pairs(await request.body())
    asked = Asked.of(pairs)
    return_to = asked.get("return_to")
    if return_to is None:
        return_to = await _kept(request, ground, await authorize.asked(ground, pairs))
    elif not cookies.form_is_ours(request, ground.issuer, asked.get("csrf_token") or ""):
        raise CsrfTokenMissing
    held, made = await begin.begin(ground, return_to, visit.place(request))
    cookie = _cookie(ground, held)
    if "text/html" in request.headers.get("accept", ""):
        return see_other(PAGE, cookies=[cookie])
    begun = QrBegun(
        session_id=str(made.id),
        qr_payload=begin.payload(ground.issuer, made.id),
        cable_path=_status_path(held),
        number=made.number,
        expires_in=int(begin.LIFETIME.total_seconds()),
    )
    return Response(begun, cookies=[cookie], headers={"cache-control": "no-store"})


async def _kept(request: Request[Any, Any, Any], ground: Ground, asked: Asked) -> str:
    """The way back to the request that these parameters make. Raises what is wrong with them."""
    if request.headers.get("origin", ground.issuer) != ground.issuer:
        raise CsrfTokenMissing
    if asked.get("client_id") is None:
        raise UnknownClient
    try:
        app = await authorize.trusted(ground, asked)
        passed = await authorize.passed(ground, asked, app)
    except ClientUnknown:
        raise UnknownClient from None
    except BackToClient as refusal:
        raise RequestUnfit(refusal.description) from None
    handle = await requests.keep(ground, Pending(request=passed, created_at=ground.clock.now()))
    return f"{methods.RESUME}?request={handle}"


@web.get("/oauth/qr/{id:uuid}/status", credentials=("own",), rate="page")
async def qr_status(request: Request[Any, Any, Any], ground: Given[Ground], id: FromPath[UUID]) -> QrStatus:  # noqa: A002
    """How the sign-in stands, for the browser that shows it; 404 for every other one."""
    held = _held(request, ground)
    if held is None or held.id != id:
        raise QrUnknown
    return QrStatus(status=await standing(ground, held))


async def standing(ground: Ground, held: Holder) -> str:
    """A picture that was swept away had expired."""
    found = await sessions.held(ground.db, held.id, held.digest, ground.clock.now())
    return "expired" if found is None else found.state


@web.get(PAGE, credentials=("own",), rate="page", face="page", include_in_schema=False)
async def qr_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The picture; then whose word came, and the button to go on as them."""
    held = _held(request, ground)
    if held is None:
        return see_other(returning.sign_in(""))
    found = await sessions.held(ground.db, held.id, held.digest, ground.clock.now())
    return_to = "" if found is None else found.return_to
    person = None
    if found is not None and found.state == "approved" and found.user_id is not None:
        person = await store.by_id(ground.db, found.user_id)
    secret, cookie = cookies.form_secret(request, ground.issuer)
    return pages.render(
        request,
        "qr.html",
        leads_away=returning.leads_away(return_to),
        cookies=[cookie],
        csrf_token=cookies.form_token(secret),
        state="expired" if found is None else found.state,
        session=found,
        person=person and (addresses.told(person.email, ground.settings.synthetic_mail_domain) or person.sub),
        picture=None if found is None else picture(begin.payload(ground.issuer, found.id)),
        watch=_status_path(held),
        door=returning.sign_in(return_to),
    )


@web.post(PAGE, credentials=("own",), rate="login", face="page", include_in_schema=False)
async def qr_form(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[GoOnForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Signs this browser in. A person pressed it, so nobody is signed in as somebody whose name they did not see."""
    if not cookies.form_is_ours(request, ground.issuer, data.csrf_token):
        raise CsrfTokenMissing
    held = _held(request, ground)
    if held is None:
        raise QrUnknown
    opened, path = await finish.finish(ground, held, visit.place(request), cookies.value(request, ground.issuer))
    response = entrance.lead(ground, opened, path)
    response.set_cookie(_cookie(ground, None))
    return response


def picture(payload: str) -> str:
    """As a data: URL."""
    return segno.make(payload, error="m", micro=False).svg_data_uri(scale=5, border=3, dark="#000", light="#fff")


def _status_path(held: Holder) -> str:
    return f"/oauth/qr/{held.id}/status"


def _held(request: Request[Any, Any, Any], ground: Ground) -> Holder | None:
    return holder.opened(ground.vault, request.cookies.get(cookies.cookie_name(ground.issuer, COOKIE)))


def _cookie(ground: Ground, held: Holder | None) -> Cookie:
    """None makes the browser forget it."""
    return Cookie(
        key=cookies.cookie_name(ground.issuer, COOKIE),
        value="" if held is None else held.sealed(ground.vault),
        path="/",
        max_age=0 if held is None else int(begin.LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=ground.issuer.startswith("https://"),
    )


ROUTES = [start_qr, qr_status, qr_page, qr_form]
