"""Bringing a closed account back within its grace: never silently, by its owner's word or by an operator's.

Whoever has shown at the door that an account in its grace is theirs is made an offer (`offer`), and sent to the page
that asks (`PAGE`); only the answer brings it back, and then they sign in as ever.
"""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

import asyncpg

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import AccountRestored
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.deletion import store
from services.auth.deletion.refusals import AddressTaken, RestoreWindowExpired
from services.auth.deletion.store import Closed
from services.auth.ground import Ground
from services.auth.mail import Letter

PAGE: Final = "/session/closed"
WAITS: Final = timedelta(minutes=10)


async def offer(ground: Ground, user_id: int) -> str:
    """The address of the page that asks; to be called only for whoever has just shown that the account is theirs."""
    handle = secrets.token_urlsafe(32)
    await store.keep_offer(ground.db, _digest(handle), user_id, ground.clock.now() + WAITS)
    return f"{PAGE}?offer={handle}"


async def offered(ground: Ground, handle: str) -> Closed:
    """Raises RestoreWindowExpired."""
    closed = await store.offered(ground.db, _digest(handle), ground.clock.now())
    if closed is None:
        raise RestoreWindowExpired
    return closed


async def accept(ground: Ground, handle: str) -> None:
    """The account lives again; of two answers at once, one counts. Raises RestoreWindowExpired, AddressTaken."""
    try:
        async with ground.db.transaction() as tx:
            user_id = await store.take_offer(tx, _digest(handle), ground.clock.now())
            if user_id is None:
                raise RestoreWindowExpired
            await _back(ground, tx, user_id)
    except asyncpg.UniqueViolationError as taken:
        raise AddressTaken from taken


async def by_operator(ground: Ground, user_id: int) -> None:
    """The same at the word of an operator. Raises RestoreWindowExpired, AddressTaken."""
    try:
        async with ground.db.transaction() as tx:
            await _back(ground, tx, user_id)
    except asyncpg.UniqueViolationError as taken:
        raise AddressTaken from taken


async def _back(ground: Ground, tx: Tx, user_id: int) -> None:
    now = ground.clock.now()
    if not await store.reopen(tx, user_id, now):
        raise RestoreWindowExpired
    account = await accounts.lock(tx, user_id)
    if account is None:
        raise LookupError(f"user {user_id} went away while it was locked")
    await announce(tx, AccountRestored(event_id=new_event_id(now), occurred_at=now, user=account.public()))
    if account.email is None or account.identity_verified_level == 0:
        return
    letter = Letter(
        kind="account_restored",
        recipient=account.email,
        language="ko" if account.language == "ko" else "en",
        link=f"{ground.issuer}/account/security",
    )
    await mail.enqueue(tx, ground.vault, letter, now)


def _digest(handle: str) -> bytes:
    return sha256(handle.encode()).digest()
