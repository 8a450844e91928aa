"""Keys and sealed answers in Postgres."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What came with a key; `reply` is None while its first request is at work, or where it died at it."""

    fingerprint: bytes
    status: int | None
    reply: bytes | None


async def find(db: "Database | Tx", user_id: int, key: str, since: datetime) -> Kept | None:
    row = await db.fetchrow(
        "select fingerprint, status, reply from idempotency_keys where user_id = $1 and key = $2 and created_at > $3",
        user_id,
        key,
        since,
    )
    return None if row is None else Kept(**dict(row))


async def claim(tx: Tx, user_id: int, key: str, fingerprint: bytes, at: datetime, since: datetime) -> bool:
    """Ours from the commit on; an expired one is taken over, and one whose first request died of something.

    False where another request has it.
    """
    claimed = await tx.fetchval(
        """
        insert into idempotency_keys as k (user_id, key, fingerprint, created_at) values ($1, $2, $3, $4)
        on conflict (user_id, key) do update set fingerprint = $3, created_at = $4, status = null, reply = null
            where k.created_at <= $5
                or (k.reply is null and k.fingerprint = $3 and k.created_at < $4 - interval '30 seconds')
        returning true
        """,
        user_id,
        key,
        fingerprint,
        at,
        since,
    )
    return claimed is not None


async def keep(db: Database, user_id: int, key: str, status: int, sealed: bytes) -> None:
    await db.execute(
        "update idempotency_keys set status = $3, reply = $4 where user_id = $1 and key = $2",
        user_id,
        key,
        status,
        sealed,
    )


async def purge(db: Database, before: datetime) -> None:
    await db.execute("delete from idempotency_keys where created_at <= $1", before)
