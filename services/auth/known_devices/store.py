"""Known devices in Postgres, under the SHA-256 of their cookie and account."""

from datetime import datetime

from chassis.postgres import Database, Tx


async def keep(tx: Tx, sha256: bytes, user_id: int, now: datetime, expires_at: datetime) -> None:
    await tx.execute(
        """insert into known_devices (sha256, user_id, seen_at, expires_at) values ($1, $2, $3, $4)
        on conflict (sha256) do update set seen_at = $3, expires_at = $4""",
        sha256,
        user_id,
        now,
        expires_at,
    )


async def is_known(db: Database, sha256: bytes, now: datetime) -> bool:
    found = await db.fetchval("select true from known_devices where sha256 = $1 and expires_at > $2", sha256, now)
    return found is not None


async def forget(tx: Tx, user_id: int) -> None:
    await tx.execute("delete from known_devices where user_id = $1", user_id)
