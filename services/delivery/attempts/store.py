"""Outcomes of attempts: what became of the row, what its developer may read, and what it says of the receiver."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database, Tx
from services.delivery.dispatch.outcome import Outcome
from services.delivery.dispatch.store import Claimed

BREAKS_AT = 5
"""Failures in a row after which a receiver is left alone for a while."""

FIRST_BREAK, LONGEST_BREAK = timedelta(seconds=10), timedelta(minutes=5)
"""Doubled with each failure of the one request that tries whether it is back."""

FAILING_FOR = timedelta(days=5)
"""An endpoint with nothing but failures for so long is disabled (delivery.md 5.5)."""

_RECORD = """
with came as (
    select * from unnest($3::bigint[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[],
        $9::integer[], $10::timestamptz[], $11::integer[], $12::text[], $13::bytea[], $14::text[], $15::boolean[])
    as d(id, client_id, result, http_status, reason, next_retry_at, attempt, started_at, duration_ms,
        resolved_ip, request_headers, response_excerpt, down)
), logged as (
    insert into webhook_attempts (outbox_id, attempt, client_id, started_at, duration_ms, resolved_ip, status,
        http_status, reason, next_retry_at, request_headers, response_excerpt)
    select id, attempt, client_id, started_at, duration_ms, resolved_ip, result, http_status, reason,
        next_retry_at, request_headers, response_excerpt from came
    on conflict do nothing
), seen as (
    select client_id, bool_or(result = 'delivered') as well, bool_or(down) as down,
        bool_or(not down) as answered, count(*) filter (where down) as failures,
        bool_or(result <> 'delivered') as failed
    from came group by client_id
), lane as (
    update lanes l set
        held_by = case when l.held_by = $1 and l.client_id = any($16::text[]) then null else l.held_by end,
        held_until = case when l.held_by = $1 and l.client_id = any($16::text[]) then null
            else l.held_until end,
        failures = case when s.answered then 0 else l.failures + s.failures end,
        open_until = case when s.answered or l.failures + s.failures < $17 then null
            else $2::timestamptz + least($19::interval,
                $18::interval * power(2, least(10, l.failures + s.failures - $17))) end,
        failing_since = case when s.well then null when s.failed then coalesce(l.failing_since, $2) end,
        last_success_at = case when s.well then $2 else l.last_success_at end
    from seen s where s.client_id = l.client_id returning l.client_id, l.failing_since
), moved as (
    update webhook_outbox o set
        delivered_at = case when d.result = 'delivered' then $2::timestamptz end,
        dlq_at = case when d.result = 'dead' then $2::timestamptz end,
        next_retry_at = coalesce(d.next_retry_at, o.next_retry_at),
        last_status = d.http_status, last_reason = d.reason, locked_until = null, locked_by = null
    from came d where o.id = d.id and o.locked_by = $1
)
select client_id from lane where failing_since <= $20::timestamptz order by client_id
"""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    row: Claimed
    outcome: Outcome
    next_retry_at: datetime | None
    started_at: datetime
    duration_ms: int
    resolved_ip: str | None = None
    request_headers: bytes = b"[]"
    response_excerpt: str | None = None

    @property
    def status(self) -> str:
        """As the delivery log shows it."""
        if self.outcome.kind == "delivered":
            return "delivered"
        return "dead" if self.next_retry_at is None else "retrying"

    @property
    def result(self) -> str:
        """As it is counted."""
        return "exhausted" if self._exhausted else self.outcome.kind

    @property
    def reason(self) -> str | None:
        """Of a test send, which is tried once, what was in its way: its developer is watching."""
        return "retries_exhausted" if self._exhausted and self.row.attempts > 1 else self.outcome.reason

    @property
    def _exhausted(self) -> bool:
        return self.outcome.kind == "retry" and self.next_retry_at is None


async def record(
    db: "Database | Tx", worker: str, done: Sequence[Done], idle: Sequence[str], now: datetime
) -> list[str]:
    """Outcomes of many attempts, their log and what they say of the receivers, in one statement.

    `idle` are lanes that we have nothing more to send in. A row whose lease went to another worker is left alone.
    Returns the applications for which nothing has succeeded for FAILING_FOR.
    """
    rows = await db.fetch(
        _RECORD,
        worker,
        now,
        [each.row.id for each in done],
        [each.row.client_id for each in done],
        [each.status for each in done],
        [each.outcome.status for each in done],
        [each.reason for each in done],
        [each.next_retry_at for each in done],
        [each.row.attempts for each in done],
        [each.started_at for each in done],
        [each.duration_ms for each in done],
        [each.resolved_ip for each in done],
        [each.request_headers for each in done],
        [each.response_excerpt for each in done],
        [each.outcome.down for each in done],
        list(idle),
        BREAKS_AT,
        FIRST_BREAK,
        LONGEST_BREAK,
        now - FAILING_FOR,
    )
    return [row["client_id"] for row in rows]
