"""Pushed streams under a lease in Postgres: taken, kept, given back with what came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chassis.postgres import Database, Tx
from services.delivery.ssf.store import COLUMNS, Stream


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
        returning {COLUMNS}
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
