"""Streams in Postgres: their configuration, how far each is, and what it has yet to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from chassis.postgres import Database, Tx

Status = Literal["enabled", "paused", "disabled"]
Method = Literal["push", "poll"]

COLUMNS = """id, client_id, method, endpoint_url, sealed_authorization, events_requested, description, status,
    status_reason, cursor, failures, failing_since"""


_UNTOLD = """not exists (select from ssf_acks a where a.stream_id = $1 and a.sequence = e.sequence)
  and not exists (select from ssf_excluded x,
      jsonb_to_record(convert_from(e.raw_payload, 'UTF8')::jsonb -> 'data') as d(sub text, merged_canonical_sub text)
      where x.stream_id = $1 and x.sub in (d.sub, d.merged_canonical_sub))"""

_DUE = f"""
select e.sequence, e.event_id, e.event_type, e.raw_payload, e.occurred_at from event_log e
where e.client_id = $2 and e.sequence > (select cursor from ssf_streams where id = $1 and status = 'enabled')
  and e.event_type = any($3::text[]) and {_UNTOLD}
order by e.sequence limit $4
"""

_ADVANCE = f"""
with reached as (
    select coalesce(
        (select min(e.sequence) - 1 from event_log e where e.client_id = $2 and e.sequence > $3
            and e.event_type = any($4::text[]) and {_UNTOLD}),
        (select last_sequence from logs where client_id = $2), $3) as sequence
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


async def take_turn(tx: Tx, client_id: str) -> None:
    """Held to the end of the transaction: a receiver's streams are counted while none is added."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('ssf_streams.' || $1))", client_id)


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
    """The configuration; the status may have been changed by somebody else meanwhile."""
    await tx.execute(
        """
        update ssf_streams set method = $2, endpoint_url = $3, sealed_authorization = $4, events_requested = $5,
            description = $6, failures = 0, failing_since = null, next_try_at = $7
        where id = $1
        """,
        stream.id,
        stream.method,
        stream.endpoint_url,
        stream.sealed_authorization,
        stream.events_requested,
        stream.description,
        now,
    )


async def set_status(tx: Tx, stream: Stream, now: datetime) -> None:
    """A stream that was disabled goes on at the end of the log, the rest it never hears."""
    await tx.execute(
        """
        update ssf_streams set status = $2, status_reason = $3, failures = 0, failing_since = null, next_try_at = $4,
            cursor = case when status = 'disabled' and $2 <> 'disabled'
                then coalesce((select last_sequence from logs where client_id = ssf_streams.client_id), 0)
                else cursor end
        where id = $1
        """,
        stream.id,
        stream.status,
        stream.status_reason,
        now,
    )


async def remove(tx: Tx, id: str) -> None:  # noqa: A002 - the column's name
    await tx.execute("delete from ssf_streams where id = $1", id)


async def of_client(db: "Database | Tx", client_id: str) -> list[Stream]:
    rows = await db.fetch(f"select {COLUMNS} from ssf_streams where client_id = $1 order by created_at", client_id)
    return [msgspec.convert(dict(row), Stream) for row in rows]


async def one(db: "Database | Tx", client_id: str, id: str) -> Stream | None:  # noqa: A002 - the column's name
    row = await db.fetchrow(f"select {COLUMNS} from ssf_streams where id = $1 and client_id = $2", id, client_id)
    return None if row is None else msgspec.convert(dict(row), Stream)


async def due(db: Database, stream: Stream, types: Sequence[str], limit: int) -> list[Due]:
    """What the stream has not been told or not acknowledged, in order; notes about itself first.

    Nothing while it is paused or disabled, also where that came after `stream` was read.
    """
    notes = await db.fetch(
        """
        select n.jti, n.events, n.created_at from ssf_notes n join ssf_streams s on s.id = n.stream_id
        where s.id = $1 and s.status = 'enabled' order by n.created_at limit $2
        """,
        stream.id,
        limit,
    )
    rows = await db.fetch(_DUE, stream.id, stream.client_id, list(types), limit)
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


async def count_notes(tx: Tx, stream_id: str) -> int:
    found: int = await tx.fetchval("select count(*) from ssf_notes where stream_id = $1", stream_id)
    return found


async def exclude(tx: Tx, stream_id: str, sub: str, most: int) -> bool:
    """False, and nothing changed, where so many others are excluded already."""
    others: int = await tx.fetchval(
        "select count(*) from (select from ssf_excluded where stream_id = $1 and sub <> $2 limit $3) as others",
        stream_id,
        sub,
        most,
    )
    if others >= most:
        return False
    await tx.execute("insert into ssf_excluded (stream_id, sub) values ($1, $2) on conflict do nothing", stream_id, sub)
    return True


async def include(tx: Tx, stream_id: str, sub: str) -> None:
    await tx.execute("delete from ssf_excluded where stream_id = $1 and sub = $2", stream_id, sub)
