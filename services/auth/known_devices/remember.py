"""Remembering a browser by a cookie of its own, which says nothing of whose accounts it has entered."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from chassis.postgres import Tx
from services.auth.ground import Ground
from services.auth.known_devices import store
from services.auth.sessions import cookies

COOKIE: Final = "logi_device"
LIFETIME: Final = timedelta(days=180)
_LENGTH: Final = 43


def shown(connection: ASGIConnection[Any, Any, Any, Any], issuer: str) -> str | None:
    """The cookie as the browser sent it; what we never issued is none."""
    value = connection.cookies.get(cookies.cookie_name(issuer, COOKIE), "")
    return value if len(value) == _LENGTH else None


async def known(ground: Ground, device: str | None, user_id: int | None) -> str | None:
    """The name under which this account's tries from this browser are counted; None where it is strange.

    Asks the database the same for an account, for none, and for a browser without a cookie.
    """
    digest = _digest(device or "", user_id or 0)
    found = await store.is_known(ground.db, digest, ground.clock.now())
    return f"device:{digest.hex()}" if found else None


async def browser(tx: Tx, ground: Ground, user_id: int, device: str | None) -> str:
    """The account knows this browser from now on; returns the cookie's value."""
    value, now = device or secrets.token_urlsafe(32), ground.clock.now()
    await store.keep(tx, _digest(value, user_id), user_id, now, now + LIFETIME)
    return value


def issue(issuer: str, value: str) -> Cookie:
    """Its Set-Cookie."""
    return cookies.lasting(issuer, COOKIE, value, int(LIFETIME.total_seconds()))


def _digest(value: str, user_id: int) -> bytes:
    return sha256(f"{user_id}:{value}".encode()).digest()
