"""How a person may sign in for an application (auth.md 2.8): its setting is the base, `provider` narrows inside it.

No boundary of security: whoever is delivered is the same, whichever method was used.
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from chassis.problems import Problem
from services.auth.authorize import store
from services.auth.authorize.consent import Destination, destination
from services.auth.authorize.store import Pending
from services.auth.ground import Ground
from services.auth.upstream import store as upstream
from services.auth.upstream.store import Provider

METHODS: Final = ("email", "google", "apple", "kakao", "github", "app")
RESUME: Final = "/oauth/authorize/resume"


class LoginMethodNotAllowed(Problem):
    status, code = 403, "login_method_not_allowed"
    default_detail = "The app does not let people in by this method."


class Asker(msgspec.Struct, frozen=True):
    """Who wants the person to sign in, and where they will be sent."""

    name: str
    destination: Destination
    first_party: bool = False


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What the sign-in page needs to know of the request that it leads back to."""

    allowed: tuple[str, ...] = METHODS
    """What the server takes."""
    shown: tuple[str, ...] = METHODS
    """What the page offers: never more than is allowed."""
    providers: tuple[Provider, ...] = ()
    """Those of `shown` that are set up here, in the operator's order."""
    login_hint: str = ""
    asker: Asker | None = None
    """None where nobody but us asks."""


def narrowed(allowed: tuple[str, ...], provider: str | None) -> tuple[str, ...]:
    """Unknown keys are ignored; where nothing is left, the setting counts."""
    wished = [name.strip().lower() for name in (provider or "").split(",")]
    return tuple(method for method in allowed if method in wished) or allowed


async def door(ground: Ground, return_to: str) -> Door:
    """Of the kept request that `return_to` names; everything, where it names none."""
    handle = _handle(return_to)
    known = await upstream.offered(ground.db)
    everything = tuple(dict.fromkeys((*METHODS, *(one.key for one in known))))
    anything = Door(allowed=everything, shown=everything, providers=tuple(known))
    if handle is None:
        return anything
    pending = await store.find(ground.db, handle, ground.clock.now())
    app = None if pending is None else await ground.clients.fresh(pending.request.client_id)
    if pending is None or app is None:
        return anything
    # A provider that was taken away since leaves its door shut, not every other one open.
    allowed = app.allowed_login_methods or everything
    shown = narrowed(allowed, pending.request.provider)
    asker = Asker(app.name, destination(app, pending.request.redirect_uri), app.first_party)
    providers = tuple(one for one in known if one.key in shown)
    return Door(
        allowed=allowed, shown=shown, providers=providers, login_hint=pending.request.login_hint or "", asker=asker
    )


async def waiting(ground: Ground, return_to: str) -> Pending | None:
    """The kept request that `return_to` names."""
    handle = _handle(return_to)
    return None if handle is None else await store.find(ground.db, handle, ground.clock.now())


async def must_take(ground: Ground, return_to: str, method: str) -> None:
    """Raises LoginMethodNotAllowed: the application's setting counts, whatever a form may say.

    Costs nothing where no application asks.
    """
    if _handle(return_to) is not None and method not in (await door(ground, return_to)).allowed:
        raise LoginMethodNotAllowed


async def wait_for(ground: Ground, return_to: str, until: datetime) -> None:
    """Keeps the request that `return_to` names until its person has read a mail."""
    handle = _handle(return_to)
    if handle is not None:
        await store.prolong(ground.db, handle, ground.clock.now(), until)


def _handle(return_to: str) -> bytes | None:
    """Under which the request is kept."""
    parts = urlsplit(return_to)
    handles = parse_qs(parts.query).get("request", [])
    return store.digest(handles[0]) if parts.path == RESUME and len(handles) == 1 else None
