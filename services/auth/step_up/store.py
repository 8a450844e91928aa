"""Codes that went by mail, in Postgres: one for each account, as its SHA-256."""

from datetime import datetime

from chassis.postgres import Database, Tx


async def put(tx: Tx, user_id: int, sha256: bytes, now: datetime, expires_at: datetime) -> None:
    """An earlier code does not count any more."""
    await tx.execute(
        """insert into mailed_codes as m (user_id, sha256, created_at, expires_at) values ($1, $2, $3, $4)
        on conflict (user_id) do update set sha256 = $2, created_at = $3, expires_at = $4, tries = 0""",
        user_id,
        sha256,
        now,
        expires_at,
    )


async def waits(db: Database, user_id: int, now: datetime, most: int) -> bool:
    """Whether there is one that can still be typed."""
    found = await db.fetchval(
        "select true from mailed_codes where user_id = $1 and expires_at > $2 and tries < $3", user_id, now, most
    )
    return found is not None


async def count(db: Database, user_id: int, now: datetime, most: int) -> bool:
    """Counts a try before it is judged; whether one was left."""
    counted = await db.fetchval(
        """update mailed_codes set tries = tries + 1 where user_id = $1 and expires_at > $2 and tries < $3
        returning true""",
        user_id,
        now,
        most,
    )
    return counted is not None


async def spend(tx: Tx, user_id: int, sha256: bytes, now: datetime) -> bool:
    """Whether it was the code; of two who show it at once, one is told True."""
    spent = await tx.fetchval(
        "delete from mailed_codes where user_id = $1 and sha256 = $2 and expires_at > $3 returning true",
        user_id,
        sha256,
        now,
    )
    return spent is not None
