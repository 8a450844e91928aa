"""An application's log, read by cursor; each page is one index scan."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chassis.postgres import Database, Row
from services.delivery.ssf.mapping import ONLY_SIGNALS


class Logged(NamedTuple):
    event_id: str
    raw_payload: bytes


class Reached(NamedTuple):
    """A place on an application's log: all up to it is behind a reader, all after it is yet to come."""

    sequence: int = 0
    event_id: str | None = None


async def at(db: Database, client_id: str, event_id: str) -> Reached | None:
    """Where the cursor stands; None where this application has no such event."""
    found: int | None = await db.fetchval(
        "select sequence from event_log where client_id = $1 and event_id = $2", client_id, event_id
    )
    return None if found is None else Reached(found, event_id)


async def before(db: Database, client_id: str, moment: datetime) -> Reached:
    """The last event that occurred earlier; the log is in the order of time, so little of it is read."""
    return _reached(
        await db.fetchrow(
            """
            select sequence, event_id from event_log where client_id = $1 and occurred_at < $2
            order by sequence desc limit 1
            """,
            client_id,
            moment,
        )
    )


async def end(db: Database, client_id: str) -> Reached:
    """The newest event. Ask before a page is read: what comes between would be passed over otherwise."""
    return _reached(
        await db.fetchrow(
            "select sequence, event_id from event_log where client_id = $1 order by sequence desc limit 1", client_id
        )
    )


async def page(db: Database, client_id: str, after: int, types: Sequence[str] | None, limit: int) -> list[Logged]:
    """Without `types` all that polls may tell. One row of two arrays: a thousand rows would cost a millisecond here."""
    found = await db.fetchrow(
        """
        select array_agg(event_id order by sequence) as ids, array_agg(raw_payload order by sequence) as payloads
        from (
            select sequence, event_id, raw_payload from event_log
            where client_id = $1 and sequence > $2 and (event_type = any ($3::text[])) = $4
            order by sequence limit $5
        ) page
        """,
        client_id,
        after,
        list(ONLY_SIGNALS if types is None else types),
        types is not None,
        limit,
    )
    if found is None or found["ids"] is None:
        return []
    return list(map(Logged, found["ids"], found["payloads"]))


async def oldest_id(db: Database, client_id: str) -> str | None:
    found: str | None = await db.fetchval(
        "select event_id from event_log where client_id = $1 order by sequence limit 1", client_id
    )
    return found


class End(NamedTuple):
    """What changes when there is something new for an application: on its log, or for a stream of it alone."""

    sequence: int = 0
    noted_at: datetime | None = None


async def ends(db: Database, client_ids: Sequence[str]) -> dict[str, End]:
    """Where the log of each application ends."""
    rows = await db.fetch(
        """
        select asked.client_id, coalesce(l.last_sequence, 0) as sequence, n.at
        from unnest($1::text[]) as asked(client_id)
        left join logs l on l.client_id = asked.client_id
        left join lateral (
            select max(n.created_at) as at from ssf_streams s join ssf_notes n on n.stream_id = s.id
            where s.client_id = asked.client_id
        ) n on true
        """,
        list(client_ids),
    )
    return {row["client_id"]: End(row["sequence"], row["at"]) for row in rows}


def _reached(row: Row | None) -> Reached:
    return Reached() if row is None else Reached(row["sequence"], row["event_id"])
