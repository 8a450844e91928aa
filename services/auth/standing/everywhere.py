"""Putting out whoever is in an account: its sessions, its tokens, and where a stranger had it, all that they made."""

from datetime import datetime

from chassis.postgres import Tx
from services.auth.accounts.store import Account
from services.auth.logout import outbox
from services.auth.sessions import life
from services.auth.tokens import revoke
from services.auth.tokens.families import Because


async def sign_out(tx: Tx, user_id: int, because: Because, now: datetime) -> None:
    """Every session, code and token family ends, and every application of theirs hears of it, by back channel too."""
    rows = await tx.fetch(
        """select distinct client_id, sub from token_families
        where user_id = $1 and revoked_at is null and expires_at > $2""",
        user_id,
        now,
    )
    await life.end_all(tx, user_id, now)
    for row in rows:
        await outbox.disconnected(tx, row["sub"], row["client_id"], now)
    await revoke.all_of_person(tx, user_id, because, now)


async def put_strangers_out(tx: Tx, account: Account, now: datetime) -> None:
    """Once the owner of a mailbox takes over an account that somebody else may have begun with their address.

    Until then nothing of the account was proved, so nothing in it may outlive this: not a key, not a grant.
    """
    await sign_out(tx, account.id, "password_reset", now)
    if account.identity_verified_level == 0:
        await tx.execute(
            "update api_keys set revoked_at = $2 where user_id = $1 and revoked_at is null", account.id, now
        )
        await tx.execute("delete from grants where user_id = $1", account.id)
        await tx.execute("delete from known_devices where user_id = $1", account.id)
