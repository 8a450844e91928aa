"""Counts that stay cheap however much waits: each looks at ten thousand rows at most, or at one of each receiver."""

from datetime import datetime

import msgspec

from chassis.postgres import Database


class State(msgspec.Struct, frozen=True, kw_only=True):
    oldest_seconds: float
    overdue_seconds: float
    waiting: int
    dead: int
    open_circuits: int
    disabled_endpoints: int


async def state(db: Database, now: datetime) -> State:
    """Overdue is what could be sent and is in nobody's hands: its receiver is known, and not down."""
    row = await db.fetchrow(
        """
        with waiting as (
            select enqueued_at from webhook_outbox
            where delivered_at is null and dlq_at is null and skipped_at is null limit 10000
        ), overdue as (
            select due.next_retry_at from lanes l
            join endpoints e on e.client_id = l.client_id and e.version > 0
            cross join lateral (
                select o.next_retry_at from webhook_outbox o
                where o.client_id = l.client_id and o.delivered_at is null and o.dlq_at is null
                  and o.skipped_at is null and o.next_retry_at <= $1
                  and (not e.ordered or o.subject is null or not exists (
                      select from webhook_outbox b where b.client_id = o.client_id and b.subject = o.subject
                        and b.id < o.id and b.delivered_at is null and b.dlq_at is null and b.skipped_at is null))
                order by o.next_retry_at limit 1
            ) due
            where (l.held_until is null or l.held_until < $1) and (l.open_until is null or l.open_until <= $1)
        )
        select
            coalesce(extract(epoch from $1 - (select min(next_retry_at) from overdue)), 0)::float8 as overdue_seconds,
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
