"""Bringing a closed account back within its grace: never silently, by its owner's word or by an operator's.

Whoever has shown at the door that an account in its grace is theirs is made an offer (`offer`), and sent to the page
that asks (`PAGE`); only the answer brings it back, and then they sign in as ever.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import asyncpg

from chassis.events import announce
from chassis.postgres import Database, Tx
from chassis.vault import Vault
from contracts.events.auth import AccountRestored
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.deletion import store
from services.auth.deletion.refusals import AddressTaken, RestoreWindowExpired
from services.auth.deletion.store import Closed
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.standing import store as standing

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
            account = await _back(tx, user_id, "self", ground.clock.now())
            await _write(tx, ground.vault, ground.issuer, account, ground.clock.now())
    except asyncpg.UniqueViolationError as taken:
        raise AddressTaken from taken


async def by_operator(db: Database, vault: Vault, issuer: str, user_id: int, now: datetime) -> None:
    """The same at the word of an operator. Raises RestoreWindowExpired, AddressTaken."""
    try:
        async with db.transaction() as tx:
            account = await _back(tx, user_id, "operator", now)
            await _write(tx, vault, issuer, account, now)
    except asyncpg.UniqueViolationError as taken:
        raise AddressTaken from taken


async def _back(tx: Tx, user_id: int, actor: str, now: datetime) -> Account:
    if not await store.reopen(tx, user_id, now):
        raise RestoreWindowExpired
    account = await accounts.lock(tx, user_id)
    if account is None:
        raise LookupError(f"user {user_id} went away while it was locked")
    event = AccountRestored(event_id=new_event_id(now), occurred_at=now, user=account.public())
    await announce(tx, event)
    await standing.note(tx, user_id, actor, "auth.account.restored", {}, now)
    return account


async def _write(tx: Tx, vault: Vault, issuer: str, account: Account, now: datetime) -> None:
    if account.email is None or account.identity_verified_level == 0:
        return
    letter = Letter(
        kind="account_restored",
        recipient=account.email,
        language="ko" if account.language == "ko" else "en",
        link=f"{issuer}/account/security",
    )
    await mail.enqueue(tx, vault, letter, now)


def _digest(handle: str) -> bytes:
    return sha256(handle.encode()).digest()
