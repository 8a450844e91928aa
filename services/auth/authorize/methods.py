"""How a person may sign in for an application (auth.md 2.8): its setting is the base, `provider` narrows inside it.

No boundary of security: whoever is delivered is the same, whichever method was used.
"""

from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from chassis.problems import Problem
from services.auth.authorize import store
from services.auth.authorize.consent import Destination, destination
from services.auth.ground import Ground

METHODS: Final = ("email", "google", "apple", "kakao", "app")
RESUME: Final = "/oauth/authorize/resume"


class LoginMethodNotAllowed(Problem):
    status, code = 403, "login_method_not_allowed"
    default_detail = "The app does not let people in by this method."


class Asker(msgspec.Struct, frozen=True):
    """Who wants the person to sign in, and where they will be sent."""

    name: str
    destination: Destination


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """What the sign-in page needs to know of the request that it leads back to."""

    allowed: tuple[str, ...] = METHODS
    """What the server takes."""
    shown: tuple[str, ...] = METHODS
    """What the page offers: never more than is allowed."""
    login_hint: str = ""
    asker: Asker | None = None
    """None where nobody but us asks."""


def narrowed(allowed: tuple[str, ...], provider: str | None) -> tuple[str, ...]:
    """Unknown keys are ignored; where nothing is left, the setting counts."""
    wished = [name.strip().lower() for name in (provider or "").split(",")]
    return tuple(method for method in allowed if method in wished) or allowed


async def door(ground: Ground, return_to: str) -> Door:
    """Of the kept request that `return_to` names; everything, where it names none."""
    parts = urlsplit(return_to)
    handles = parse_qs(parts.query).get("request", [])
    if parts.path != RESUME or len(handles) != 1:
        return Door()
    pending = await store.find(ground.db, store.digest(handles[0]), ground.clock.now())
    app = None if pending is None else await ground.clients.fresh(pending.request.client_id)
    if pending is None or app is None:
        return Door()
    allowed = tuple(method for method in METHODS if method in app.allowed_login_methods) or METHODS
    shown = narrowed(allowed, pending.request.provider)
    asker = Asker(app.name, destination(app, pending.request.redirect_uri))
    return Door(allowed=allowed, shown=shown, login_hint=pending.request.login_hint or "", asker=asker)
