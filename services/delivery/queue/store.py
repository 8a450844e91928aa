"""Rows of the push queue for people to read, and their return to the queue."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx

_STATUS = """case when o.delivered_at is not null then 'delivered' when o.dlq_at is not null then 'dead'
    when o.skipped_at is not null then 'skipped' when o.attempts = 0 then 'pending' else 'waiting' end"""

_ROW = f"""
select o.id, o.client_id, e.application_id as oauth_application_id, o.event_id, o.event_type, o.occurred_at, o.form,
    o.kid, o.attempts, o.next_retry_at, o.enqueued_at, o.delivered_at, o.dlq_at, o.skipped_at, o.last_status,
    o.last_reason, o.last_attempt_at, o.locked_until, {_STATUS} as status
from webhook_outbox o left join endpoints e on e.client_id = o.client_id
"""

_WAITS = "o.delivered_at is null and o.dlq_at is null and o.skipped_at is null"
_IS: dict[str | None, str] = {
    None: "true",
    "delivered": "o.delivered_at is not null",
    "dead": "o.dlq_at is not null and o.delivered_at is null",
    "skipped": "o.skipped_at is not null and o.delivered_at is null and o.dlq_at is null",
    "pending": f"{_WAITS} and o.attempts = 0",
    "waiting": f"{_WAITS} and o.attempts > 0",
}
"""Each status as the rule that `_STATUS` tells, so that those of few rows are found by their own indexes."""

_PAGES = {
    status: _ROW
    + f"""where {rule} and ($1::text is null or o.client_id = $1) and ($2::text is null or o.event_type = $2)
        and ($3::timestamptz is null or o.occurred_at >= $3) and ($4::timestamptz is null or o.occurred_at < $4)
        and ($5::bigint is null or o.id < $5)
    order by o.id desc limit $6"""
    for status, rule in _IS.items()
}

_BACK = """dlq_at = null, skipped_at = null, attempts = 0, next_retry_at = $1, enqueued_at = $1, locked_until = null,
    locked_by = null"""


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the queue without payload, signature and secrets."""

    id: int
    client_id: str
    oauth_application_id: int | None
    event_id: str
    event_type: str
    occurred_at: datetime
    form: str
    kid: str | None
    attempts: int
    next_retry_at: datetime | None
    enqueued_at: datetime
    delivered_at: datetime | None
    dlq_at: datetime | None
    skipped_at: datetime | None
    last_status: int | None
    last_reason: str | None
    last_attempt_at: datetime | None
    locked_until: datetime | None
    status: str


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt as it was recorded."""

    attempt: int
    started_at: datetime
    duration_ms: int
    resolved_ip: str | None
    status: str
    http_status: int | None
    reason: str | None
    next_retry_at: datetime | None
    request_headers: bytes
    response_excerpt: str | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: None leaves a filter out; `before` is the id that a page goes on from."""

    client_id: str | None = None
    status: str | None = None
    event_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


async def page(db: Database, asked: Asked) -> list[Queued]:
    """The newest first."""
    rows = await db.fetch(
        _PAGES[asked.status],
        asked.client_id,
        asked.event_type,
        asked.since,
        asked.until,
        asked.before,
        asked.limit,
    )
    return [_queued(row) for row in rows]


async def one(db: "Database | Tx", id: int) -> Queued | None:  # noqa: A002 - the column's name
    row = await db.fetchrow(_ROW + "where o.id = $1", id)
    return None if row is None else _queued(row)


async def payload(db: Database, id: int) -> bytes | None:  # noqa: A002 - the column's name
    found: bytes | None = await db.fetchval("select raw_payload from webhook_outbox where id = $1", id)
    return found


async def attempts(db: Database, id: int) -> list[Attempted]:  # noqa: A002 - the column's name
    """All attempts of a row, the first one first; a replay begins to count anew."""
    rows = await db.fetch(
        """
        select attempt, started_at, duration_ms, resolved_ip, status, http_status, reason, next_retry_at,
            request_headers, response_excerpt
        from webhook_attempts where outbox_id = $1 order by started_at, attempt
        """,
        id,
    )
    return [msgspec.convert(dict(row), Attempted) for row in rows]


async def last_attempts(db: Database, ids: list[int]) -> dict[int, Attempted]:
    """The latest attempt of each row that had one."""
    rows = await db.fetch(
        """
        select distinct on (outbox_id) outbox_id, attempt, started_at, duration_ms, resolved_ip, status, http_status,
            reason, next_retry_at, request_headers, response_excerpt
        from webhook_attempts where outbox_id = any($1::bigint[]) order by outbox_id, started_at desc
        """,
        ids,
    )
    return {row["outbox_id"]: msgspec.convert(dict(row), Attempted) for row in rows}


async def replay(tx: Tx, id: int, now: datetime) -> bool:  # noqa: A002 - the column's name
    """A dead row goes to the queue as if it were new; False where it is not dead."""
    back = await tx.fetchval(
        f"update webhook_outbox set {_BACK} where id = $2 and dlq_at is not null and delivered_at is null returning id",
        now,
        id,
    )
    return back is not None


async def replay_dead(tx: Tx, client_id: str | None, since: datetime, until: datetime, now: datetime) -> int:
    """Every dead row of a time range, of one application or of all; returns how many."""
    status = await tx.execute(
        f"""
        update webhook_outbox set {_BACK}
        where dlq_at is not null and delivered_at is null and ($2::text is null or client_id = $2)
          and occurred_at >= $3 and occurred_at < $4
        """,
        now,
        client_id,
        since,
        until,
    )
    return int(status.rpartition(" ")[2])


async def recover(tx: Tx, client_id: str, since: datetime, until: datetime, now: datetime) -> int:
    """Every row of a time range that is dead or was never attempted, if its application wants its type now."""
    status = await tx.execute(
        f"""
        update webhook_outbox o set {_BACK}
        from endpoints e
        where e.client_id = o.client_id and o.client_id = $2 and o.occurred_at >= $3 and o.occurred_at < $4
          and o.delivered_at is null and (o.dlq_at is not null or o.skipped_at is not null)
          and (e.event_types = '{{}}' or o.event_type = any(e.event_types)) and o.event_type <> 'webhook.test'
        """,
        now,
        client_id,
        since,
        until,
    )
    return int(status.rpartition(" ")[2])


def _queued(row: Row) -> Queued:
    return msgspec.convert(dict(row), Queued)
