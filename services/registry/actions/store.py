"""Announced acts in Postgres; of a nonce only its digest."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what to what."""

    admin_id: int
    action: str
    target: str


async def insert(tx: Tx, nonce_sha256: bytes, wanted: Action, at: datetime, expires_at: datetime) -> None:
    await tx.execute(
        """
        insert into action_requests (nonce_sha256, admin_id, action, target, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        """,
        nonce_sha256,
        wanted.admin_id,
        wanted.action,
        wanted.target,
        at,
        expires_at,
    )


async def use(tx: Tx, nonce_sha256: bytes, wanted: Action, at: datetime) -> bool:
    """One of two who try at once is told True."""
    used = await tx.fetchval(
        """
        update action_requests set used_at = $5
        where nonce_sha256 = $1 and admin_id = $2 and action = $3 and target = $4 and used_at is null
            and expires_at > $5
        returning true
        """,
        nonce_sha256,
        wanted.admin_id,
        wanted.action,
        wanted.target,
        at,
    )
    return used is not None


async def was_used(tx: Tx, nonce_sha256: bytes, admin_id: int) -> bool:
    """By this very administrator; others learn nothing of it."""
    found = await tx.fetchval(
        "select true from action_requests where nonce_sha256 = $1 and admin_id = $2 and used_at is not null",
        nonce_sha256,
        admin_id,
    )
    return found is not None


async def purge(db: Database, before: datetime) -> None:
    await db.execute("delete from action_requests where expires_at < $1", before)
