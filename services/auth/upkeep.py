"""Keeps house for OAuth: renews keys, makes and drops days of the token log, removes what has expired (auth.md 8)."""

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from chassis import metrics
from chassis.postgres import UNAVAILABLE, Database, Tx
from services.auth.ground import Ground
from services.auth.keys import make

logger = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
BATCH: Final = 1000
LOG_DAYS: Final = 90
"""How long the log of token requests is kept."""

AHEAD_DAYS: Final = 2
"""Days made in advance; without them lines go to the default partition, which is slower to purge but as safe."""

REPLAYS: Final = timedelta(days=1)
"""A spent code is remembered this long after its time, so that a late replay is still seen as one."""

_purged = metrics.counter("oauth.purged", description="Rows removed because their time had passed, by table.")

_EXPIRED: Final = {
    "authorization_requests": """delete from authorization_requests where sha256 in (
        select sha256 from authorization_requests where expires_at <= $1 limit $2)""",
    "pushed_requests": """delete from pushed_requests where sha256 in (
        select sha256 from pushed_requests where expires_at <= $1 limit $2)""",
    "client_documents": """delete from client_documents where client_id in (
        select client_id from client_documents where asked_until <= $1::timestamptz - interval '90 days' limit $2)""",
    "logout_requests": """delete from logout_requests where sha256 in (
        select sha256 from logout_requests where expires_at <= $1 limit $2)""",
    "authorization_codes": """delete from authorization_codes where sha256 in (
        select sha256 from authorization_codes where expires_at <= $1 limit $2)""",
    "token_families": """delete from token_families where id in (
        select id from token_families where expires_at <= $1 limit $2)""",
    "device_codes": """delete from device_codes where sha256 in (
        select sha256 from device_codes where expires_at <= $1::timestamptz - interval '1 day' limit $2)""",
    "user_code_tries": """delete from user_code_tries where key in (
        select key from user_code_tries where began_at <= $1::timestamptz - interval '10 minutes' limit $2)""",
    "spent_proofs": """delete from spent_proofs where sha256 in (
        select sha256 from spent_proofs where expires_at <= $1 limit $2)""",
    "revoked_tokens": """delete from revoked_tokens where jti in (
        select jti from revoked_tokens where expires_at <= $1 limit $2)""",
}


async def run(ground: Ground) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    while True:
        try:
            await once(ground)
        except UNAVAILABLE as error:
            logger.warning("upkeep.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground) -> None:
    """Everything that is due now."""
    await make.as_needed(ground.db, ground.vault, ground.clock, ground.settings.signing_key_period)
    await days(ground.db)
    now = ground.clock.now()
    for table, sql in _EXPIRED.items():
        before = now - REPLAYS if table == "authorization_codes" else now
        count = BATCH
        while count == BATCH:
            count = int((await ground.db.execute(sql, before, BATCH)).rpartition(" ")[2])
            _purged.add(count, {"table": table})


async def days(db: Database) -> None:
    """Makes the log's next days and drops those past LOG_DAYS; a lock that is not to be had waits for the next time."""
    try:
        async with db.transaction() as tx:
            await tx.execute("set local lock_timeout = '500ms'")
            await _make(tx)
            await _drop(tx)
    except asyncpg.LockNotAvailableError:
        logger.warning("upkeep.days_busy")
    await db.execute("delete from token_log_default where at < now() - make_interval(days => $1)", LOG_DAYS)


async def _make(tx: Tx) -> None:
    """Today and what follows, unless the default partition holds lines of that day already."""
    rows = await tx.fetch(
        """select to_char(day, '"token_log_"YYYYMMDD') as name, day::text as begins,
            (day + interval '1 day')::text as ends
        from generate_series(
            date_trunc('day', now(), 'UTC'), now() + make_interval(days => $1), interval '1 day'
        ) as day
        where to_regclass(to_char(day, '"token_log_"YYYYMMDD')) is null
            and not exists (select from token_log_default where at >= day and at < day + interval '1 day')""",
        AHEAD_DAYS,
    )
    for row in rows:
        bounds = f"from ('{row['begins']}') to ('{row['ends']}')"
        await tx.execute(f"create table if not exists {row['name']} partition of token_log for values {bounds}")


async def _drop(tx: Tx) -> None:
    """A day's name tells its date; a name that does not is not ours to drop."""
    rows = await tx.fetch(
        r"""select relid::text as name from pg_partition_tree('token_log')
        where relid::text ~ '^token_log_\d{8}$'
            and right(relid::text, 8) < to_char((now() at time zone 'UTC') - make_interval(days => $1), 'YYYYMMDD')""",
        LOG_DAYS,
    )
    for row in rows:
        await tx.execute(f"drop table {row['name']}")
