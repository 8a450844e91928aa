"""Backup codes in Postgres, as their SHA-256."""

from collections.abc import Sequence
from datetime import datetime

from chassis.postgres import Database, Tx


async def replace(tx: Tx, user_id: int, digests: Sequence[bytes], now: datetime) -> None:
    """Earlier codes open nothing any more."""
    await tx.execute("delete from backup_codes where user_id = $1", user_id)
    await tx.execute(
        "insert into backup_codes (user_id, sha256, created_at) select $1, unnest($2::bytea[]), $3",
        user_id,
        list(digests),
        now,
    )


async def spend(on: Tx | Database, user_id: int, sha256: bytes, now: datetime) -> bool:
    """Whether it was one that is left; of two who show it at once, one is told True."""
    done = await on.fetchval(
        """update backup_codes set used_at = $3 where user_id = $1 and sha256 = $2 and used_at is null
        returning true""",
        user_id,
        sha256,
        now,
    )
    return done is not None


async def remove(tx: Tx, user_id: int) -> None:
    await tx.execute("delete from backup_codes where user_id = $1", user_id)
