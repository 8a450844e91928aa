"""Putting out whoever is in an account: its sessions, its tokens, and where a stranger had it, all that they made."""

from datetime import datetime

from chassis.postgres import Tx
from services.auth.accounts.store import Account
from services.auth.logout import outbox
from services.auth.sessions import life
from services.auth.standing import store
from services.auth.tokens import revoke
from services.auth.tokens.families import Because


async def sign_out(tx: Tx, user_id: int, because: Because, now: datetime) -> None:
    """Every session, code and token family ends, and every application of theirs hears of it, by back channel too."""
    visited = await store.visited(tx, user_id, now)
    await life.end_all(tx, user_id, now)
    for client_id, sub in visited:
        await outbox.disconnected(tx, sub, client_id, now)
    await revoke.all_of_person(tx, user_id, because, now)


async def put_strangers_out(tx: Tx, account: Account, now: datetime) -> None:
    """Once the owner of a mailbox takes over an account that somebody else may have begun with their address.

    Until then nothing of the account was proved, so nothing in it may outlive this: not a key, not a grant.
    """
    await sign_out(tx, account.id, "password_reset", now)
    if account.identity_verified_level == 0:
        await store.revoke_keys(tx, account.id, now)
        await store.forget_company(tx, account.id)
