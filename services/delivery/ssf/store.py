"""Streams in Postgres: their configuration, how far each is, and what it has yet to be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from chassis.postgres import Database, Tx

Status = Literal["enabled", "paused", "disabled"]
Method = Literal["push", "poll"]

_COLUMNS = """id, client_id, method, endpoint_url, sealed_authorization, events_requested, description, status,
    status_reason, cursor, failures, failing_since"""


_UNTOLD = """not exists (select from ssf_acks a where a.stream_id = $1 and a.sequence = e.sequence)
  and not exists (select from ssf_excluded x,
      jsonb_to_record(convert_from(e.raw_payload, 'UTF8')::jsonb -> 'data') as d(sub text, merged_canonical_sub text)
      where x.stream_id = $1 and x.sub in (d.sub, d.merged_canonical_sub))"""

_DUE = f"""
select e.sequence, e.event_id, e.event_type, e.raw_payload, e.occurred_at from event_log e
where e.client_id = $2 and e.sequence > (select cursor from ssf_streams where id = $1)
  and e.event_type = any($3::text[]) and {_UNTOLD}
order by e.sequence limit $4
"""

_ADVANCE = f"""
with reached as (
    select coalesce(
        (select min(e.sequence) - 1 from event_log e where e.client_id = $2 and e.sequence > $3
            and e.event_type = any($4::text[]) and {_UNTOLD}),
        (select max(sequence) from event_log where client_id = $2), $3) as sequence
), gone as (
    delete from ssf_acks where stream_id = $1 and sequence <= (select sequence from reached)
)
update ssf_streams set cursor = greatest(cursor, (select sequence from reached)) where id = $1
"""


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    client_id: str
    method: Method
    endpoint_url: str | None
    sealed_authorization: bytes | None
    events_requested: list[str]
    description: str | None = None
    status: Status = "enabled"
    status_reason: str | None = None
    cursor: int = 0
    failures: int = 0
    failing_since: datetime | None = None


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a stream has not been told; a note has no sequence."""

    sequence: int | None
    jti: str
    event_type: str | None
    body: bytes | None
    occurred_at: datetime
    events: dict[str, Any] | None = None


async def insert(tx: Tx, stream: Stream, now: datetime) -> None:
    """Begins at the end of the application's log."""
    await tx.execute(
        """
        insert into ssf_streams (id, client_id, method, endpoint_url, sealed_authorization, events_requested,
            description, cursor, created_at, next_try_at)
        values ($1, $2, $3, $4, $5, $6, $7,
            coalesce((select last_sequence from logs where client_id = $2), 0), $8, $8)
        """,
        stream.id,
        stream.client_id,
        stream.method,
        stream.endpoint_url,
        stream.sealed_authorization,
        stream.events_requested,
        stream.description,
        now,
    )


async def save(tx: Tx, stream: Stream, now: datetime) -> None:
    """Configuration and status; a stream that was disabled goes on at the end of the log, the rest it never hears."""
    await tx.execute(
        """
        update ssf_streams set method = $2, endpoint_url = $3, sealed_authorization = $4, events_requested = $5,
            description = $6, status = $7, status_reason = $8, failures = 0, failing_since = null, next_try_at = $9,
            cursor = case when status = 'disabled' and $7 <> 'disabled'
                then coalesce((select last_sequence from logs where client_id = ssf_streams.client_id), 0)
                else cursor end
        where id = $1
        """,
        stream.id,
        stream.method,
        stream.endpoint_url,
        stream.sealed_authorization,
        stream.events_requested,
        stream.description,
        stream.status,
        stream.status_reason,
        now,
    )


async def remove(tx: Tx, id: str) -> None:  # noqa: A002 - the column's name
    await tx.execute("delete from ssf_streams where id = $1", id)


async def of_client(db: "Database | Tx", client_id: str) -> list[Stream]:
    rows = await db.fetch(f"select {_COLUMNS} from ssf_streams where client_id = $1 order by created_at", client_id)
    return [msgspec.convert(dict(row), Stream) for row in rows]


async def one(db: "Database | Tx", client_id: str, id: str) -> Stream | None:  # noqa: A002 - the column's name
    row = await db.fetchrow(f"select {_COLUMNS} from ssf_streams where id = $1 and client_id = $2", id, client_id)
    return None if row is None else msgspec.convert(dict(row), Stream)


async def any_pushed(db: Database) -> bool:
    """Whether there is any stream to push to."""
    found: bool = await db.fetchval(
        "select exists (select from ssf_streams where method = 'push' and status = 'enabled')"
    )
    return found


async def claim(db: Database, worker: str, now: datetime, most: int, lease: timedelta) -> list[Stream]:
    """Push streams that have something to be told and are in nobody's hands; those of a suspended app wait."""
    rows = await db.fetch(
        f"""
        update ssf_streams set held_by = $1, held_until = $2 + $4::interval where id in (
            select s.id from ssf_streams s left join logs l on l.client_id = s.client_id
            where s.method = 'push' and s.status = 'enabled' and s.next_try_at <= $2
              and (s.held_until is null or s.held_until < $2)
              and not exists (select from endpoints e where e.client_id = s.client_id and (e.deleted or not e.served))
              and (l.last_sequence > s.cursor or exists (select from ssf_notes n where n.stream_id = s.id))
            order by s.next_try_at limit $3 for update of s skip locked)
        returning {_COLUMNS}
        """,
        worker,
        now,
        most,
        lease,
    )
    return [msgspec.convert(dict(row), Stream) for row in rows]


async def renew(db: Database, worker: str, ids: Sequence[str], now: datetime, lease: timedelta) -> None:
    """The heartbeat: a stream whose tokens are being pushed stays ours."""
    await db.execute(
        """
        update ssf_streams set held_until = $3::timestamptz + $4::interval where id = any($1::text[]) and held_by = $2
        """,
        list(ids),
        worker,
        now,
        lease,
    )


async def release(db: Database, worker: str) -> None:
    """A process ends: its streams are anybody's at once."""
    await db.execute("update ssf_streams set held_by = null, held_until = null where held_by = $1", worker)


async def went_well(db: Database, worker: str, id: str, now: datetime) -> None:  # noqa: A002 - the column's name
    await db.execute(
        """
        update ssf_streams set held_by = null, held_until = null, failures = 0, failing_since = null,
            next_try_at = $3, last_error = null
        where id = $1 and held_by = $2
        """,
        id,
        worker,
        now,
    )


async def failed(db: Database, worker: str, id: str, error: str, now: datetime, pause: timedelta) -> None:  # noqa: A002
    await db.execute(
        """
        update ssf_streams set held_by = null, held_until = null, failures = failures + 1,
            failing_since = coalesce(failing_since, $4), next_try_at = $4::timestamptz + $5::interval, last_error = $3
        where id = $1 and held_by = $2
        """,
        id,
        worker,
        error,
        now,
        pause,
    )


async def pause(tx: Tx, worker: str, id: str, reason: str) -> bool:  # noqa: A002 - the column's name
    """Its events wait until the receiver enables it; False where it is in other hands or was changed meanwhile."""
    paused = await tx.fetchval(
        """
        update ssf_streams set status = 'paused', status_reason = $3, last_error = $3, failures = failures + 1,
            held_by = null, held_until = null
        where id = $1 and held_by = $2 and status = 'enabled' returning id
        """,
        id,
        worker,
        reason,
    )
    return paused is not None


async def due(db: Database, stream: Stream, types: Sequence[str], limit: int) -> list[Due]:
    """What the stream has not been told or not acknowledged, in order; notes about itself first."""
    notes = await db.fetch(
        "select jti, events, created_at from ssf_notes where stream_id = $1 order by created_at limit $2",
        stream.id,
        limit,
    )
    rows = await db.fetch(
        _DUE,
        stream.id,
        stream.client_id,
        list(types),
        limit,
    )
    found = [
        Due(
            sequence=None,
            jti=row["jti"],
            event_type=None,
            body=None,
            occurred_at=row["created_at"],
            events=row["events"],
        )
        for row in notes
    ]
    return found + [
        Due(
            sequence=row["sequence"],
            jti=row["event_id"],
            event_type=row["event_type"],
            body=row["raw_payload"],
            occurred_at=row["occurred_at"],
        )
        for row in rows
    ]


async def acknowledge(tx: Tx, stream: Stream, jtis: Sequence[str], types: Sequence[str]) -> None:
    """These need not be sent again; the cursor moves over all that is acknowledged without a gap."""
    cursor: int = await tx.fetchval("select cursor from ssf_streams where id = $1 for update", stream.id) or 0
    await tx.execute("delete from ssf_notes where stream_id = $1 and jti = any($2::text[])", stream.id, list(jtis))
    await tx.execute(
        """
        insert into ssf_acks (stream_id, sequence)
        select $1, sequence from event_log where client_id = $2 and event_id = any($3::text[]) and sequence > $4
        on conflict do nothing
        """,
        stream.id,
        stream.client_id,
        list(jtis),
        cursor,
    )
    await tx.execute(
        _ADVANCE,
        stream.id,
        stream.client_id,
        cursor,
        list(types),
    )


async def note(tx: Tx, stream_id: str, jti: str, events: dict[str, Any], now: datetime) -> None:
    await tx.execute(
        "insert into ssf_notes (jti, stream_id, events, created_at) values ($1, $2, $3, $4)",
        jti,
        stream_id,
        events,
        now,
    )


async def exclude(tx: Tx, stream_id: str, sub: str) -> None:
    await tx.execute("insert into ssf_excluded (stream_id, sub) values ($1, $2) on conflict do nothing", stream_id, sub)


async def include(tx: Tx, stream_id: str, sub: str) -> None:
    await tx.execute("delete from ssf_excluded where stream_id = $1 and sub = $2", stream_id, sub)
