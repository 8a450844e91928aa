"""The producer's side in SQL: announcing, numbering, reading the log. Postgres is the log, NATS only carries."""

from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from chassis import log, postgres, trace
from chassis.events import frames
from chassis.postgres import Database, Tx

NUDGE = "outbox"
"""What a commit with events in it wakes the relay with."""


class EventTooLarge(Exception):
    """An event beyond frames.EVENT_BYTES; its transaction should fail."""


class Announceable(Protocol):
    """An event as the chassis sees one: a Struct whose tag says where it goes."""

    @property
    def __struct_config__(self) -> msgspec.structs.StructConfig: ...


class Numbered(NamedTuple):
    """A run of positions that one transaction gave."""

    first: int
    last: int
    at: datetime
    epoch: int


class Head(NamedTuple):
    """The end of the log. `waiting` is the age in seconds of the oldest event without a number."""

    epoch: int
    began: int
    oldest: int
    published: int
    newest: int
    waiting: float


async def announce(tx: Tx, event: Announceable) -> None:
    """Writes the event in the transaction of the change, whose commit wakes the relay. Raises EventTooLarge."""
    tag, payload = str(event.__struct_config__.tag), msgspec.json.encode(event)
    if len(payload) > frames.EVENT_BYTES:
        raise EventTooLarge(f"{tag} has {len(payload)} bytes")
    await tx.execute(
        "insert into outbox (tag, payload, traceparent, request_id) values ($1, $2, $3, $4)",
        tag,
        payload,
        trace.traceparent(),
        log.request_id.get(),
    )
    postgres.nudge_on_commit(NUDGE)


async def number(db: Database, most: int, sent: int) -> Numbered | None:
    """Gives up to `most` waiting events their positions, noting that `sent` has been published; None if none waits."""
    row = await db.fetchrow("select first, last, at, era from outbox_number($1, $2)", most, sent)
    return None if row is None or row["last"] is None else Numbered(row["first"], row["last"], row["at"], row["era"])


async def read_numbered(db: Database, origin: str, run: Numbered) -> list[frames.Sent]:
    """The events of one run; its time leads straight to the day they lie in."""
    rows = await db.fetch(
        """select position, tag, payload, traceparent, request_id, extract(epoch from announced_at)::float8 as announced
        from outbox_log where numbered_at = $1 and position between $2 and $3 order by position""",
        run.at,
        run.first,
        run.last,
    )
    return [_sent(origin, row) for row in rows]


async def read_after(db: Database, origin: str, after: int, limit: int) -> list[frames.Sent]:
    """The events after a position, until `limit` or frames.PAGE_BYTES is reached."""
    rows = await db.fetch(
        """select position, tag, payload, traceparent, request_id, announced from (
            select position, tag, payload, traceparent, request_id, announced,
                sum(octet_length(payload)) over (order by position) - octet_length(payload) as before
            from (
                select position, tag, payload, traceparent, request_id,
                    extract(epoch from announced_at)::float8 as announced
                from outbox_log where position > $1 order by position limit $2
            ) as page
        ) as weighed where before < $3 order by position""",
        after,
        limit,
        frames.PAGE_BYTES,
    )
    return [_sent(origin, row) for row in rows]


async def head(db: Database, sent: int = 0) -> Head:
    """Where the log stands, noting that `sent` has been published."""
    if sent:
        await db.execute("update outbox_head set published = $1 where published < $1 and $1 <= position", sent)
    row = await db.fetchrow(
        """select epoch, began, published, position as newest,
            coalesce((select min(position) from outbox_log), position + 1) as oldest,
            coalesce((select extract(epoch from clock_timestamp() - announced_at)::float8
                from outbox order by id limit 1), 0) as waiting
        from outbox_head"""
    )
    if row is None:
        raise RuntimeError("outbox_head has lost its row")
    return Head(row["epoch"], row["began"], row["oldest"], row["published"], row["newest"], row["waiting"])


def _sent(origin: str, row: Any) -> frames.Sent:
    return frames.Sent(
        origin,
        row["position"],
        row["tag"],
        row["payload"],
        row["traceparent"],
        row["request_id"],
        row["announced"],
    )
