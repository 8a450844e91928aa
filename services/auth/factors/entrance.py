"""What follows a first factor: a session, or, where the account has a second one, the page that asks for it.

Whatever lets a person in (password, another provider, a reset) ends in `enter`, so that no way leads around.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from chassis.postgres import Tx
from chassis.web.pages import see_other
from services.auth import sessions
from services.auth.accounts import log, returning
from services.auth.accounts.store import Account
from services.auth.factors import store
from services.auth.factors.store import Half
from services.auth.ground import Ground
from services.auth.sessions import cookies
from services.auth.sessions.store import Place

PAGE: Final = "/session/second"
WAITS: Final = timedelta(minutes=10)
"""How long somebody may take to find their second factor."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has shown what is enough to sign in, but for a second factor."""

    account: Account
    methods: tuple[str, ...]
    """RFC 8176 `amr` values of what was shown; with `mfa` among them nothing more is asked."""
    place: Place
    cookie: str | None = None
    """The session cookie that the browser came with; its session ends."""
    by: str = "password"
    """What the log of sign-ins calls it."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a cookie: of the session, or of the sign-in that `owes` its second factor."""

    cookie: str
    owes: bool


async def enter(ground: Ground, tx: Tx, arrival: Arrival) -> Opened:
    """Begins the session, unless a second factor is due. The account is living; whoever calls has checked that."""
    now, account = ground.clock.now(), arrival.account
    if "mfa" not in arrival.methods and (await store.enrolled(tx, account.id)).any:
        cookie = secrets.token_urlsafe(32)
        await store.owe(tx, cookie, Half(user_id=account.id, methods=arrival.methods), now, now + WAITS)
        return Opened(cookie=cookie, owes=True)
    await log.note(tx, account, "signed_in", arrival.place, now, arrival.by)
    cookie, _ = await sessions.begin(tx, account, arrival.methods, arrival.place, now, replaces=arrival.cookie)
    return Opened(cookie=cookie, owes=False)


def lead(ground: Ground, opened: Opened, return_to: str) -> Response[bytes]:
    """To where the person wanted to go, or to the page that asks for the second factor first."""
    if opened.owes:
        half = cookies.issue_half(ground.issuer, opened.cookie, int(WAITS.total_seconds()))
        return see_other(f"{PAGE}?{urlencode({'return_to': returning.safe(return_to)})}", cookies=[half])
    return onward(ground, return_to, [sessions.issue(ground.issuer, opened.cookie)])


def onward(ground: Ground, return_to: str, kept: Sequence[Cookie] = ()) -> Response[bytes]:
    """To where a person who is signed in wanted to go, if need be to the console's own host."""
    return see_other(returning.onward(ground.settings.console_origin, return_to), cookies=kept)
