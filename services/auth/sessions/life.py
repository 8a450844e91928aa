"""Begins, reads and ends sessions. The cookie holds 256 random bits; only their SHA-256 is stored."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from chassis.postgres import Database, Tx
from services.auth.accounts.store import Account
from services.auth.logout import outbox
from services.auth.principals import revocations
from services.auth.sessions import store
from services.auth.sessions.store import Place, Proof, SignedIn

LIFETIME: Final = timedelta(days=30)
"""Counted from the sign-in; nothing prolongs a session, so an idle one ends no later."""

SEEN_EVERY: Final = timedelta(minutes=5)
"""`last_seen_at` is a help for the owner's eye, not worth a write per request."""

COOKIE_LENGTH: Final = 43
"""32 bytes in unpadded base64url; anything else was never issued and costs no query."""


async def begin(
    tx: Tx, account: Account, methods: tuple[str, ...], place: Place, now: datetime, replaces: str | None = None
) -> tuple[str, SignedIn]:
    """Returns the cookie's value and the session.

    `replaces` is the cookie that the browser came with: that session ends, because an id known before the sign-in
    must not live after it (session fixation). Applications know the session of the same person by its old name.
    """
    cookie = secrets.token_urlsafe(32)
    sid = None if replaces is None else await _replaced(tx, _id(replaces), account.id, now)
    signed_in = SignedIn(
        id=_id(cookie),
        sid=sid or _id(cookie),
        user_id=account.id,
        sub=account.sub,
        email=account.email,
        role=account.role,
        identity_verified_level=account.identity_verified_level,
        csrf_token=secrets.token_urlsafe(32),
        authenticated_at=now,
        methods=methods,
        last_seen_at=now,
        expires_at=now + LIFETIME,
        passkey_at=now if "pop" in methods else None,
        otp_at=now if "otp" in methods else None,
    )
    await store.insert(tx, signed_in, place)
    return cookie, signed_in


async def _replaced(tx: Tx, session_id: bytes, user_id: int, now: datetime) -> bytes | None:
    """Ends the session; its `sid`, if it was the same person's."""
    ended = await store.delete(tx, session_id)
    if ended is None:
        return None
    await revocations.advance(tx)
    if ended.user_id == user_id:
        return ended.sid
    await outbox.session_ended(tx, ended.sid, now)
    return None


async def renew(tx: Tx, session_id: bytes, proof: Proof, now: datetime) -> str | None:
    """The session goes on under another id, because an id known before a step-up must not profit from it.

    Its CSRF token stays, so that forms in other tabs still work: it is worth nothing without the cookie.
    Returns the cookie's new value; None where the session ended meanwhile.
    """
    cookie = secrets.token_urlsafe(32)
    if not await store.renew(tx, session_id, _id(cookie), proof, now):
        return None
    await revocations.advance(tx)
    return cookie


async def move(tx: Tx, session_id: bytes, now: datetime, replaces: str | None) -> str | None:
    """The session goes on as it is under another cookie, and the one it had opens nothing any more.

    `replaces` is the cookie of the browser that it comes to: that session ends. None where this one is over.
    """
    if replaces is not None and _id(replaces) != session_id:
        await end(tx, _id(replaces), now)
    cookie = secrets.token_urlsafe(32)
    if not await store.rename(tx, session_id, _id(cookie), now):
        return None
    await revocations.advance(tx)
    return cookie


async def read(db: Database, cookie: str | None, now: datetime) -> SignedIn | None:
    """Whose browser this is; None for no cookie, an ended session, a suspended or deleted account."""
    if cookie is None or len(cookie) != COOKIE_LENGTH:
        return None
    found = await store.find(db, _id(cookie), now)
    if found is not None and found.last_seen_at < now - SEEN_EVERY:
        await store.touch(db, found.id, now)
    return found


async def end(tx: Tx, session_id: bytes, now: datetime) -> bool:
    """Ends a session (`SignedIn.id`), if it lives; tells whoever keeps answers about it, and the applications."""
    ended = await store.delete(tx, session_id)
    if ended is None:
        return False
    await revocations.advance(tx)
    await outbox.session_ended(tx, ended.sid, now)
    return True


async def end_all(tx: Tx, user_id: int, now: datetime) -> int:
    """Signs an account out everywhere; returns how many sessions ended."""
    ended = await store.delete_all(tx, user_id)
    for sid in ended:
        await outbox.session_ended(tx, sid, now)
    if ended:
        await revocations.advance(tx)
    return len(ended)


def _id(cookie: str) -> bytes:
    return sha256(cookie.encode()).digest()
