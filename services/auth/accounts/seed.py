"""The operator of a fresh platform: an account and a personal API key, from the credentials document."""

from datetime import datetime
from hashlib import sha256

import msgspec

from chassis.events import announce
from chassis.postgres import Database, Tx
from chassis.settings import Secret
from contracts.events.auth import UserRegistered
from contracts.ids import is_pak, new_event_id
from contracts.scopes import ADMIN_PAK_SCOPES, PAK_SCOPES
from services.auth.accounts import addresses, store
from services.auth.accounts.store import Account, NewAccount
from services.auth.api_keys.store import NewKey, insert_if_new
from services.auth.passwords.hashing import Passwords


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    password: Secret
    pak: Secret


async def seed(db: Database, passwords: Passwords, operator: Operator, now: datetime) -> Account:
    """Makes what is missing, changes nothing that is there. Raises ValueError for a key of another shape."""
    pak = operator.pak.reveal()
    if not is_pak(pak):
        raise ValueError("the operator's key has not the shape of a personal API key")
    key = addresses.fold(operator.email)
    held = await store.by_email(db, key)
    digest = None if held else await passwords.hash(operator.password.reveal())
    async with db.transaction() as tx:
        account = held or await _register(tx, operator.email, key, str(digest), now)
        await insert_if_new(
            tx,
            NewKey(
                user_id=account.id,
                name="Operator",
                sha256=sha256(pak.encode()).digest(),
                last4=pak[-4:],
                scopes=(*PAK_SCOPES, *ADMIN_PAK_SCOPES),
                expires_at=None,
            ),
            now,
        )
    return account


async def _register(tx: Tx, email: str, key: str, digest: str, now: datetime) -> Account:
    new = NewAccount(
        email=email,
        email_key=key,
        password_hash=digest,
        role="admin",
        identity_verified_level=1,
        created_via="rake",
    )
    account = await store.insert(tx, new, now)
    if account is None:  # another seed came first
        found = await store.by_email(tx, key)
        if found is None:
            raise RuntimeError("the operator's account went away while it was made")
        return found
    await announce(tx, UserRegistered(event_id=new_event_id(now), occurred_at=now, user=account.public()))
    return account
