"""Tables kept by days: makes those to come, drops those past their time, so that old rows cost nothing to remove."""

import asyncpg
import msgspec
import structlog

from chassis.postgres import Database, Tx

logger = structlog.get_logger()

AHEAD = 2
"""Days made in advance; without them rows go to the default partition, which is slower to purge but as safe."""

PURGE_ROWS = 10_000


class Log(msgspec.Struct, frozen=True):
    """A table partitioned by range of a time, with a partition `<table>_default`; a day's is `<table>_YYYYMMDD`."""

    table: str
    at: str
    """The column with the time."""
    key: str
    """A column by which rows of the default partition are told apart."""
    kept: int
    """Whole days."""


async def keep(db: Database, log: Log) -> list[str]:
    """Drops what is older than `log.kept` days and returns the names of the dropped partitions.

    A table lock that is not to be had within half a second is left for the next time.
    """
    try:
        async with db.transaction() as tx:
            await tx.execute("set local lock_timeout = '500ms'")
            # Two processes take turns here; readers and writers wait for milliseconds.
            await tx.execute(f"lock table {log.table} in access exclusive mode")
            await _make(tx, log)
            dropped = await _drop(tx, log)
    except asyncpg.LockNotAvailableError:
        logger.warning("days.busy", table=log.table)
        return []
    await _purge_default(db, log)
    return dropped


async def _make(tx: Tx, log: Log) -> None:
    """Today and what follows, unless the default partition already holds rows of that day."""
    days = await tx.fetch(
        """select to_char(day, 'YYYYMMDD') as name, day::text as begins, (day + interval '1 day')::text as ends
        from generate_series(
            date_trunc('day', now(), 'UTC'), now() + make_interval(days => $1), interval '1 day'
        ) as day
        where to_regclass($2 || to_char(day, '"_"YYYYMMDD')) is null""",
        AHEAD,
        log.table,
    )
    for day in days:
        begins, ends = day["begins"], day["ends"]
        held = f"select exists (select from {log.table}_default where {log.at} >= '{begins}' and {log.at} < '{ends}')"  # noqa: S608 - names of our own
        if not await tx.fetchval(held):
            bounds = f"for values from ('{begins}') to ('{ends}')"
            await tx.execute(f"create table {log.table}_{day['name']} partition of {log.table} {bounds}")


async def _drop(tx: Tx, log: Log) -> list[str]:
    """A day's name tells its date; a name that does not is not ours to drop."""
    rows = await tx.fetch(
        r"""select relid::text as name from pg_partition_tree($2::text::regclass)
        where relid::text ~ ('^' || $2 || '_\d{8}$')
            and right(relid::text, 8) < to_char((now() at time zone 'UTC') - make_interval(days => $1), 'YYYYMMDD')
        order by name""",
        log.kept,
        log.table,
    )
    for row in rows:
        await tx.execute(f"drop table {row['name']}")
    return [row["name"] for row in rows]


async def _purge_default(db: Database, log: Log) -> None:
    """In batches, and dating anew what a clock ahead of the time has dated, which would stay for ever otherwise."""
    ahead = f"update {log.table} set {log.at} = now() where {log.at} > now() + make_interval(days => $1)"  # noqa: S608 - names of our own
    await db.execute(ahead, AHEAD + 1)
    old = f"""with old as (
        delete from {log.table}_default where {log.key} = any (array(
            select {log.key} from {log.table}_default
            where {log.at} < date_trunc('day', now(), 'UTC') - make_interval(days => $1) limit $2
        )) returning 1
    ) select count(*) from old"""  # noqa: S608 - names of our own
    purged = PURGE_ROWS
    while purged == PURGE_ROWS:
        purged = await db.fetchval(old, log.kept, PURGE_ROWS)
