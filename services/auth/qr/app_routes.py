"""The app's side of a sign-in by picture, with a personal API key (auth.md 1.1, 2.4)."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import Body, FromPath

from chassis import web
from chassis.web import Given
from contracts.principal import Pak
from services.auth.ground import Ground
from services.auth.qr import decide
from services.auth.qr.decide import Wanted

PATH = "/api/v1/oauth/qr/{id:uuid}"


class QrApplication(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants the person to sign in."""

    client_id: str
    name: str
    logo_url: str | None


class QrBrowser(msgspec.Struct, frozen=True, kw_only=True):
    """The browser that shows the picture."""

    label: str
    ip: str


class QrRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`application` is null where somebody signs in for the console. `number` stands on the other screen too."""

    session_id: str
    status: str
    application: QrApplication | None
    scopes: tuple[str, ...]
    browser: QrBrowser
    number: int
    expires_at: datetime


class QrApproval(msgspec.Struct, kw_only=True):
    """`number`, where the app asks its person for it: a wrong one refuses the sign-in."""

    number: int | None = None


class QrDecision(msgspec.Struct, frozen=True, kw_only=True):
    status: str


@web.get(PATH, credentials=("pak",), scopes=("profile:read",), rate="api", tags=["Sign-in by QR code"])
async def qr_request(request: Request[Any, Any, Any], ground: Given[Ground], id: FromPath[UUID]) -> QrRequest:  # noqa: A002
    """What waits behind a scanned code: who asks, for what, and which browser; 404 once it is somebody else's."""
    return _told(await decide.look(ground, _person(request), id))


@web.post(f"{PATH}/scan", credentials=("pak",), scopes=("profile:write",), rate="api", tags=["Sign-in by QR code"])
async def scan_qr(request: Request[Any, Any, Any], ground: Given[Ground], id: FromPath[UUID]) -> QrRequest:  # noqa: A002
    """Tells the browser that its code was scanned, and ties it to this account."""
    return _told(await decide.scan(ground, _person(request), id))


@web.post(f"{PATH}/approve", credentials=("pak",), scopes=("profile:write",), rate="api", tags=["Sign-in by QR code"])
async def approve_qr(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    id: FromPath[UUID],  # noqa: A002 - the contract's name
    data: Annotated[QrApproval | None, Body()] = None,
) -> QrDecision:
    """Lets the browser in as this account, and consents to what the application asks for. Scan first."""
    number = None if data is None else data.number
    await decide.approve(ground, _person(request), id, number)
    return QrDecision(status="approved")


@web.post(f"{PATH}/deny", credentials=("pak",), scopes=("profile:write",), rate="api", tags=["Sign-in by QR code"])
async def deny_qr(request: Request[Any, Any, Any], ground: Given[Ground], id: FromPath[UUID]) -> QrDecision:  # noqa: A002
    """Refuses the sign-in. Scan first."""
    await decide.deny(ground, _person(request), id)
    return QrDecision(status="denied")


def _person(request: Request[Any, Any, Any]) -> Pak:
    caller = web.person(request)
    if not isinstance(caller, Pak):
        raise TypeError("this route's guard admits callers without a key")
    return caller


def _told(wanted: Wanted) -> QrRequest:
    found, app = wanted.session, wanted.app
    return QrRequest(
        session_id=str(found.id),
        status=found.state,
        application=None
        if app is None
        else QrApplication(client_id=app.client_id, name=app.name, logo_url=app.logo_url),
        scopes=wanted.scopes,
        browser=QrBrowser(label=wanted.label, ip=found.ip),
        number=found.number,
        expires_at=found.expires_at,
    )


ROUTES = [qr_request, scan_qr, approve_qr, deny_qr]
