"""The push queue as the dispatcher sees it: claimed under a lease, never locked while the network is waited for.

A worker holds the lanes of the receivers that it sends to, and in each lane a few rows; both are renewed together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database

LEASE = timedelta(seconds=7)
"""With the dispatchers' tick of a second, a dead worker's rows are in other hands within ten (delivery.md 5.3)."""

PENDING = "delivered_at is null and dlq_at is null and skipped_at is null"


# The first statement steps from receiver to receiver through the index of what waits, however much of it one has.
_CLAIM = f"""
with recursive waiting as (
    (select client_id, next_retry_at from webhook_outbox where {PENDING} order by client_id, next_retry_at limit 1)
    union all
    select n.client_id, n.next_retry_at from waiting w cross join lateral (
        select o.client_id, o.next_retry_at from webhook_outbox o where o.client_id > w.client_id and {PENDING}
        order by o.client_id, o.next_retry_at limit 1
    ) n
), free as (
    select l.client_id, e.ordered, greatest(0, case when l.open_until is not null then 1 else $3 end
        - coalesce(h.count, 0)) as room
    from waiting w
    join lanes l on l.client_id = w.client_id
    join endpoints e on e.client_id = w.client_id and e.version > 0
    left join unnest($6::text[], $7::integer[]) as h(client_id, count) on h.client_id = w.client_id
    where w.next_retry_at <= $1 and coalesce(h.count, 0) < $3
      and (l.held_by = $5 or l.held_until is null or l.held_until < $1)
      and (l.open_until is null or l.open_until <= $1)
    order by l.client_id for update of l skip locked
), due as (
    select picked.id, picked.next_retry_at from free f cross join lateral (
        select o.id, o.next_retry_at from webhook_outbox o
        where o.client_id = f.client_id and {PENDING} and o.next_retry_at <= $1
          and (o.locked_until is null or o.locked_until < $1)
          and (not f.ordered or o.subject is null or not exists (
              select from webhook_outbox b where b.client_id = o.client_id and b.subject = o.subject
                and b.id < o.id and b.delivered_at is null and b.dlq_at is null and b.skipped_at is null))
        order by o.next_retry_at, o.id limit f.room
    ) picked
    order by picked.next_retry_at, picked.id limit $2
), taken as (
    select o.id, o.client_id from webhook_outbox o where o.id = any (array(select id from due))
      and (o.locked_until is null or o.locked_until < $1) and o.delivered_at is null
    for update skip locked
), lane as (
    update lanes set held_by = $5, held_until = $1 + $4::interval
    where client_id in (select client_id from taken)
)
update webhook_outbox o set locked_until = $1 + $4::interval, locked_by = $5, attempts = attempts + 1,
    last_attempt_at = $1
from taken, endpoints e
where o.id = taken.id and e.client_id = o.client_id
returning o.id, o.client_id, o.event_id, o.event_type, o.raw_payload, o.form, o.kid, o.signature, o.attempts,
    o.traceparent, o.enqueued_at, o.subject is not null as ordered,
    case when e.served and not e.deleted and e.disabled_at is null then e.webhook_url end as webhook_url
"""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """One row in our hands; `webhook_url` is None where there is nobody to push to any more."""

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
    enqueued_at: datetime
    ordered: bool = False
    """Whether later events of the same person wait for this one."""
    webhook_url: str | None


async def claim(
    db: Database, worker: str, now: datetime, most: int, per_client: int, held: Mapping[str, int]
) -> list[Claimed]:
    """Due rows, the longest waiting first, so many of one application that `per_client` are in our hands.

    `held` counts those that are. A lane in other hands is passed by, and one whose receiver is down until it is time
    to try it with one request. An application whose record has not come waits; its events may come before it.
    """
    rows = await db.fetch(
        _CLAIM,
        now,
        most,
        per_client,
        LEASE,
        worker,
        list(held),
        list(held.values()),
    )
    return sorted((msgspec.convert(dict(row), Claimed) for row in rows), key=lambda row: row.id)


async def renew(db: Database, worker: str, rows: Sequence[Claimed], now: datetime) -> None:
    """The heartbeat: what is still being sent stays ours."""
    await db.execute(
        """
        with lane as (
            update lanes set held_until = $2::timestamptz + $3::interval
            where client_id = any($5::text[]) and held_by = $4
        )
        update webhook_outbox set locked_until = $2::timestamptz + $3::interval
        where id = any($1::bigint[]) and locked_by = $4
        """,
        [row.id for row in rows],
        now,
        LEASE,
        worker,
        list({row.client_id for row in rows}),
    )


async def release(db: Database, worker: str, ids: Sequence[int] | None = None) -> None:
    """What was claimed and not sent is due again at once; without `ids` all of it, and the lanes: a process ends."""
    await db.execute(
        """
        with lane as (
            update lanes set held_by = null, held_until = null where held_by = $1 and $2::bigint[] is null
        )
        update webhook_outbox set locked_until = null, locked_by = null, attempts = greatest(attempts - 1, 0)
        where locked_by = $1 and delivered_at is null and dlq_at is null and ($2::bigint[] is null or id = any($2))
        """,
        worker,
        None if ids is None else list(ids),
    )


async def skip(db: Database, worker: str, ids: Sequence[int], now: datetime) -> None:
    """Nobody to push to any more; polling shows the events all the same."""
    await db.execute(
        """
        update webhook_outbox set skipped_at = $3, locked_until = null, locked_by = null,
            last_reason = 'endpoint_disabled', attempts = greatest(attempts - 1, 0)
        where id = any($1::bigint[]) and locked_by = $2
        """,
        list(ids),
        worker,
        now,
    )


async def resigned(db: Database, worker: str, rows: Sequence[Claimed]) -> None:
    """Keeps the signatures that were made anew, because the key of the old ones has ended."""
    await db.execute(
        """
        update webhook_outbox o set kid = r.kid, signature = r.signature
        from unnest($2::bigint[], $3::text[], $4::text[]) as r(id, kid, signature)
        where o.id = r.id and o.locked_by = $1
        """,
        worker,
        [row.id for row in rows],
        [row.kid for row in rows],
        [row.signature for row in rows],
    )
