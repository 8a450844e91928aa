"""The push queue as the dispatcher sees it: claimed under a lease, never locked while the network is waited for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database
from services.delivery.dispatch.outcome import Outcome

LEASE = timedelta(seconds=10)
"""A dead worker's rows are free again after this; a live one renews them (delivery.md 5.3)."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One row in our hands; `webhook_url` is None where the application has taken its URL away since."""

    id: int
    client_id: str
    event_id: str
    event_type: str
    raw_payload: bytes
    form: str
    kid: str | None
    signature: str | None
    attempts: int
    """The number of this attempt, from 1."""
    traceparent: str | None
    webhook_url: str | None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a claimed row."""

    id: int
    outcome: Outcome
    next_retry_at: datetime | None


async def claim(
    db: Database, worker: str, now: datetime, most: int, per_client: int, busy: Sequence[str]
) -> list[Claimed]:
    """Due rows, the longest waiting first, at most `per_client` of one application; none of those that are `busy`.

    An application whose record has not come yet waits; its events may come before it.
    """
    rows = await db.fetch(
        """
        with due as (
            select id, row_number() over (partition by client_id order by next_retry_at, id) as place
            from (
                select w.id, w.client_id, w.next_retry_at from webhook_outbox w
                join endpoints known on known.client_id = w.client_id and known.version > 0
                where w.delivered_at is null and w.dlq_at is null and w.skipped_at is null and w.next_retry_at <= $1
                  and (w.locked_until is null or w.locked_until < $1) and w.client_id <> all($6::text[])
                order by w.next_retry_at limit $2 * 8
            ) waiting
        ), taken as (
            select o.id from webhook_outbox o join due on due.id = o.id and due.place <= $3
            where (o.locked_until is null or o.locked_until < $1) and o.delivered_at is null
            order by o.next_retry_at limit $2 for update of o skip locked
        )
        update webhook_outbox o set locked_until = $1 + $4::interval, locked_by = $5, attempts = attempts + 1,
            last_attempt_at = $1
        from taken, endpoints e
        where o.id = taken.id and e.client_id = o.client_id
        returning o.id, o.client_id, o.event_id, o.event_type, o.raw_payload, o.form, o.kid, o.signature, o.attempts,
            o.traceparent, case when e.served and not e.deleted then e.webhook_url end as webhook_url
        """,
        now,
        most,
        per_client,
        LEASE,
        worker,
        list(busy),
    )
    return [msgspec.convert(dict(row), Claimed) for row in rows]


async def renew(db: Database, worker: str, ids: Sequence[int], now: datetime) -> None:
    """The heartbeat: what is still being sent stays ours."""
    await db.execute(
        """
        update webhook_outbox set locked_until = $2::timestamptz + $3::interval
        where id = any($1::bigint[]) and locked_by = $4
        """,
        list(ids),
        now,
        LEASE,
        worker,
    )


async def release(db: Database, worker: str) -> None:
    """At the end of a process: what was claimed and not sent is somebody else's at once."""
    await db.execute(
        """
        update webhook_outbox set locked_until = null, locked_by = null, attempts = greatest(attempts - 1, 0)
        where locked_by = $1 and delivered_at is null and dlq_at is null
        """,
        worker,
    )


async def record(db: Database, worker: str, done: Sequence[Done], now: datetime) -> None:
    """Outcomes of many attempts in one statement; a row whose lease went to another worker is left alone."""
    await db.execute(
        """
        update webhook_outbox o set
            delivered_at = case when d.kind = 'delivered' then $2::timestamptz end,
            dlq_at = case when d.kind <> 'delivered' and d.next_retry_at is null then $2::timestamptz end,
            next_retry_at = coalesce(d.next_retry_at, o.next_retry_at),
            last_status = d.status, last_reason = d.reason, locked_until = null, locked_by = null
        from unnest($3::bigint[], $4::text[], $5::integer[], $6::text[], $7::timestamptz[])
            as d(id, kind, status, reason, next_retry_at)
        where o.id = d.id and o.locked_by = $1
        """,
        worker,
        now,
        [each.id for each in done],
        [each.outcome.kind for each in done],
        [each.outcome.status for each in done],
        [each.outcome.reason for each in done],
        [each.next_retry_at for each in done],
    )


async def skip(db: Database, worker: str, ids: Sequence[int], now: datetime) -> None:
    """Nobody to push to any more; polling shows the events all the same."""
    await db.execute(
        """
        update webhook_outbox set skipped_at = $3, locked_until = null, locked_by = null,
            last_reason = 'endpoint_disabled'
        where id = any($1::bigint[]) and locked_by = $2
        """,
        list(ids),
        worker,
        now,
    )


async def disable(db: Database, client_ids: Sequence[str]) -> None:
    """After a 410 nothing is pushed until the URL is saved again, which arrives as a newer record."""
    await db.execute("update endpoints set webhook_url = null where client_id = any($1::text[])", list(client_ids))


async def next_due(db: Database) -> datetime | None:
    """When the next row that can be claimed is due; one whose application has no record yet would be due all along."""
    found: datetime | None = await db.fetchval(
        """
        select min(greatest(w.next_retry_at, coalesce(w.locked_until, w.next_retry_at))) from webhook_outbox w
        join endpoints known on known.client_id = w.client_id and known.version > 0
        where w.delivered_at is null and w.dlq_at is null and w.skipped_at is null
        """
    )
    return found
