"""The frame: whether a page may hold it, the sign-in that it begins, and the code that it ends with.

No cookie is needed, because browsers keep those of a frame from us: what the frame holds stands in its own page.
"""

import re
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from chassis.problems import Problem
from contracts.applications import Application
from services.auth import sessions
from services.auth.authorize import begin as authorize
from services.auth.authorize import decide, methods
from services.auth.authorize.decide import SignIn
from services.auth.authorize.refusals import BackToClient, RequestExpired
from services.auth.authorize.request import Asked, AuthorizationRequest
from services.auth.authorize.store import Pending
from services.auth.factors import entrance
from services.auth.factors.entrance import Arrival
from services.auth.ground import Ground
from services.auth.qr import begin as qr
from services.auth.qr import finish, store
from services.auth.qr.holder import Holder
from services.auth.qr.refusals import QrUnknown
from services.auth.qr.store import QrSession
from services.auth.sessions.store import Place, SignedIn

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
"""What may stand in a `frame-ancestors`: no path, no wildcard, nothing that begins another directive."""


class OriginNotListed(Problem):
    """The page that holds the frame is none of the app's `widget_origins`; no page is shown in it."""

    status, code = 403, "origin_not_allowed"
    default_detail = "This origin is not among the app's widget_origins."


class Embedded(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that may be shown."""

    app: Application
    asked: Asked
    origin: str
    """Whom it tells."""

    @property
    def ancestors(self) -> tuple[str, ...]:
        """Who may hold it."""
        return origins(self.app)


class Begun(msgspec.Struct, frozen=True):
    """What the frame shows, and what it holds."""

    holder: Holder
    session: QrSession


class Told(msgspec.Struct, frozen=True):
    """What the relying party's page is told."""

    request: AuthorizationRequest
    code: str


def origins(app: Application) -> tuple[str, ...]:
    return tuple(origin for origin in app.widget_origins if _ORIGIN.fullmatch(origin))


async def admitted(ground: Ground, pairs: list[tuple[str, str]]) -> Embedded:
    """Raises what /oauth/authorize shows locally (auth.md 4.1), and OriginNotListed."""
    asked, origin = await authorize.asked(ground, pairs), Asked.of(pairs).get("origin") or ""
    app = await authorize.trusted(ground, asked)
    if origin not in origins(app):
        raise OriginNotListed
    return Embedded(app=app, asked=asked, origin=origin)


async def begin(ground: Ground, frame: Embedded, place: Place) -> Begun:
    """Raises BackToClient, LoginMethodNotAllowed."""
    if frame.asked.get("code_challenge") is None:
        raise BackToClient("invalid_request", "The widget needs a code_challenge, whatever the app may do elsewhere.")
    passed = await authorize.passed(ground, frame.asked, frame.app)
    if "none" in passed.prompt:
        raise BackToClient("login_required", "The widget asks somebody.")
    handle = await decide.keep(ground, Pending(request=passed, created_at=ground.clock.now()))
    return Begun(*await qr.begin(ground, f"{methods.RESUME}?{urlencode({'request': handle})}", place))


async def state(ground: Ground, holder: Holder) -> str:
    """The relying party's `state`, to be echoed whatever comes. Raises QrUnknown."""
    found = await store.held(ground.db, holder.id, holder.digest, ground.clock.now())
    if found is None:
        raise QrUnknown
    pending = await methods.waiting(ground, found.return_to)
    return "" if pending is None else pending.request.state


async def end(ground: Ground, holder: Holder, place: Place) -> Told:
    """The code, for the approval that is spent with it. Raises QrUnknown, RequestExpired, BackToClient."""
    async with ground.db.transaction() as tx:
        approved, person = await finish.consumed(ground, tx, holder)
        came = Arrival(account=person, methods=finish.shown(approved), place=place, by=qr.METHOD)
        opened = await entrance.enter(ground, tx, came)
    pending = await methods.waiting(ground, approved.return_to)
    if pending is None:
        raise RequestExpired
    # The session's cookie is given to nobody: the session is what the tokens hang on, and what its owner can end.
    visitor = None if opened.owes else await sessions.read(ground.db, opened.cookie, ground.clock.now())
    if visitor is None:
        raise BackToClient(
            "interaction_required", "The account wants a second factor, which the widget cannot ask for."
        )
    return await _told(ground, pending, visitor, approved.return_to)


async def _told(ground: Ground, pending: Pending, visitor: SignedIn, return_to: str) -> Told:
    """The person consented where they approved, so nothing is left to ask but whether it had to be somebody else."""
    app = await authorize.again(ground, pending.request)
    if isinstance(await decide.decide(ground, app, pending, visitor), SignIn):
        raise BackToClient("login_required", "Somebody else was asked for.")
    handle = parse_qs(urlsplit(return_to).query)["request"][0]
    return Told(pending.request, await decide.allow(ground, pending.request, visitor, handle))
