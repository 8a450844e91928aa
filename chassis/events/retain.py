"""Keeps the log's days: makes those to come, drops those that are past their retention."""

import asyncpg
import structlog

from chassis.postgres import Database, Tx

logger = structlog.get_logger()

DAYS = 30
AHEAD = 2
"""Days made in advance; without them events go to the default partition, which is slower to purge but as safe."""

PURGE_ROWS = 10_000


async def retain(db: Database, days: int = DAYS) -> list[str]:
    """Drops what is older than `days` whole days and returns the names of the dropped partitions.

    A table lock that is not to be had within half a second is left for the next time.
    """
    try:
        async with db.transaction() as tx:
            await tx.execute("set local lock_timeout = '500ms'")
            # Two relays take turns here; readers and writers wait for milliseconds.
            await tx.execute("lock table outbox_log in access exclusive mode")
            await _make_days(tx)
            dropped = await _drop_days(tx, days)
    except asyncpg.LockNotAvailableError:
        logger.warning("outbox.retain.busy")
        return []
    await _purge_default(db, days)
    return dropped


async def _make_days(tx: Tx) -> None:
    """Today and what follows, unless the default partition already holds rows of that day."""
    rows = await tx.fetch(
        """select to_char(day, '"outbox_log_"YYYYMMDD') as name, day::text as begins,
            (day + interval '1 day')::text as ends
        from generate_series(
            date_trunc('day', now(), 'UTC'), now() + make_interval(days => $1), interval '1 day'
        ) as day
        where to_regclass(to_char(day, '"outbox_log_"YYYYMMDD')) is null
            and not exists (
                select from outbox_log_default where numbered_at >= day and numbered_at < day + interval '1 day'
            )""",
        AHEAD,
    )
    for row in rows:
        bounds = f"from ('{row['begins']}') to ('{row['ends']}')"
        await tx.execute(f"create table {row['name']} partition of outbox_log for values {bounds}")


async def _drop_days(tx: Tx, days: int) -> list[str]:
    """A day's name tells its date; a name that does not is not ours to drop."""
    rows = await tx.fetch(
        r"""select relid::text as name from pg_partition_tree('outbox_log')
        where relid::text ~ '^outbox_log_\d{8}$'
            and right(relid::text, 8) < to_char((now() at time zone 'UTC') - make_interval(days => $1), 'YYYYMMDD')
        order by name""",
        days,
    )
    for row in rows:
        await tx.execute(f"drop table {row['name']}")
    return [row["name"] for row in rows]


async def _purge_default(db: Database, days: int) -> None:
    """In batches, and dating anew what a clock ahead of the time has dated, which would stay for ever otherwise."""
    await db.execute(
        "update outbox_log set numbered_at = now() where numbered_at > now() + make_interval(days => $1)", AHEAD + 1
    )
    purged = PURGE_ROWS
    while purged == PURGE_ROWS:
        purged = await db.fetchval(
            """with old as (
                delete from outbox_log_default where position = any (array(
                    select position from outbox_log_default
                    where numbered_at < date_trunc('day', now(), 'UTC') - make_interval(days => $1) limit $2
                )) returning 1
            ) select count(*) from old""",
            days,
            PURGE_ROWS,
        )
