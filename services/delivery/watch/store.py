"""Counts that stay cheap however much waits: each looks at ten thousand rows at most."""

from datetime import datetime

import msgspec

from chassis.postgres import Database


class State(msgspec.Struct, frozen=True, kw_only=True):
    oldest_seconds: float
    waiting: int
    dead: int
    open_circuits: int
    disabled_endpoints: int


async def state(db: Database, now: datetime) -> State:
    row = await db.fetchrow(
        """
        with waiting as (
            select enqueued_at from webhook_outbox
            where delivered_at is null and dlq_at is null and skipped_at is null limit 10000
        )
        select
            coalesce(extract(epoch from $1 - (select min(enqueued_at) from waiting)), 0)::float8 as oldest_seconds,
            (select count(*) from waiting) as waiting,
            (select count(*) from (select from webhook_outbox where dlq_at is not null and delivered_at is null
                limit 10000) d) as dead,
            (select count(*) from lanes where open_until > $1) as open_circuits,
            (select count(*) from endpoints where disabled_at is not null and not deleted) as disabled_endpoints
        """,
        now,
    )
    return msgspec.convert(dict(row or {}), State)
