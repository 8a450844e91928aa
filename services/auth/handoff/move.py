"""Makes and redeems the token that carries a session over to the console's host."""

import hmac
import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from chassis import work
from chassis.problems import Problem
from services.auth import sessions
from services.auth.ground import Ground
from services.auth.handoff import store
from services.auth.handoff.store import HandOff
from services.auth.keys import material
from services.auth.sessions.store import SignedIn

LIFETIME: Final = timedelta(seconds=30)
"""Enough for two redirects (auth.md 3.1)."""

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class HandOffRefused(Problem):
    """Unknown, used, too old, for another browser, or its session is over: nobody learns which."""

    status, code = 400, "handoff_refused"
    default_detail = "This way from sign-in to console does not count any more. Open the console again."


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie of the session on its new host, and where its person wanted to go."""

    cookie: str
    return_to: str


def challenge(browser: str) -> str:
    """What the console's host tells of the secret that a browser holds there in a cookie."""
    return material.encoded(sha256(f"hand-off\0{browser}".encode()).digest())


async def give(ground: Ground, visitor: SignedIn, shown: str, return_to: str) -> str:
    """The token for the browser that can answer `shown`. The session stays what it is until that comes for it.

    Raises HandOffRefused for a challenge that no page of ours has made.
    """
    if not _CHALLENGE.fullmatch(shown):
        raise HandOffRefused
    token = secrets.token_urlsafe(32)
    made = HandOff(
        session_id=visitor.id,
        browser=_digest(shown),
        return_to=return_to,
        expires_at=ground.clock.now() + LIFETIME,
    )
    await store.put(ground.db, _digest(token), made)
    return token


async def redeem(ground: Ground, token: str, browser: str, cookie: str | None) -> Arrived:
    """Spends the token, right or wrong; from the commit on the session answers to the new cookie alone.

    `browser` is the secret of the browser that shows it, `cookie` the session that it had on this host, which ends.
    Raises HandOffRefused.
    """
    now = ground.clock.now()
    with work.unit("session.handed_off"):
        async with ground.db.transaction() as tx:
            found = await store.spend(tx, _digest(token))
            if found is not None and found.expires_at > now and _is_for(found, browser):
                fresh = await sessions.move(tx, found.session_id, now, replaces=cookie)
                if fresh is not None:
                    return Arrived(cookie=fresh, return_to=found.return_to)
        # Refused only now: what is shown in vain is spent all the same.
        raise HandOffRefused


def _is_for(found: HandOff, browser: str) -> bool:
    return hmac.compare_digest(found.browser, _digest(challenge(browser)))


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
