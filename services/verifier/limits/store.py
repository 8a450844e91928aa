"""Limits in Postgres: how soon the next attempt may be made, by what is limited."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.postgres import Database, Tx


async def take(tx: Tx, key: str, step: timedelta, burst: timedelta, now: datetime) -> bool:
    """One attempt of the rate that GCRA calls (`step`, `burst`), in one statement; False where there is none to take.

    `free_at` is the theoretical arrival time (ITU-T I.371, annex A).
    """
    taken = await tx.fetchval(
        """
        insert into attempt_limits as held (key, free_at) values ($1, $2::timestamptz + $3::interval)
        on conflict (key) do update set free_at = greatest(held.free_at, $2::timestamptz) + $3::interval
        where held.free_at <= $2::timestamptz + $4::interval returning key
        """,
        key,
        now,
        step,
        burst,
    )
    return taken is not None


async def free_at(db: Database | Tx, keys: Sequence[str]) -> dict[str, datetime]:
    """When each of these is as if never used; those that are so already may be missing."""
    rows = await db.fetch("select key, free_at from attempt_limits where key = any($1::text[])", list(keys))
    return {row["key"]: row["free_at"] for row in rows}


async def purge(db: Database, now: datetime, most: int) -> int:
    """Deletes up to `most` limits that limit nothing any more; returns how many.

    The outer condition is tested again for a row that was taken while we came, so none in use is lost.
    """
    status = await db.execute(
        """
        delete from attempt_limits where free_at <= $1
            and key in (select key from attempt_limits where free_at <= $1 order by free_at limit $2)
        """,
        now,
        most,
    )
    return int(status.rpartition(" ")[2])
