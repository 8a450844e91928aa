"""Logout tokens that wait to be sent, written in the transaction that ends a session or a grant."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from chassis import postgres
from chassis.postgres import Database, Tx

LEASE: Final = timedelta(seconds=60)
"""A courier who died frees what it held after this; the repeat has the same jti."""

KEPT: Final = timedelta(days=7)
"""Rows of what was sent help to answer "did you tell them?"."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in a courier's hand, for the `tries`-th time."""

    id: int
    key: UUID
    client_id: str
    sub: str
    sid: bytes | None
    uri: str | None
    """Where the application wants it now; none once it wants no more."""
    tries: int


async def session_ended(tx: Tx, sid: bytes, now: datetime) -> None:
    """Tells every application that was entered from this session."""
    await tx.execute(
        """insert into logout_outbox (key, client_id, sub, sid, created_at, next_try_at)
        select gen_random_uuid(), held.client_id, held.sub, $1, $2, $2
        from (select distinct client_id, sub from token_families where session_id = $1) held
        join clients c on c.client_id = held.client_id
        where c.deleted_at is null and c.record->>'backchannel_logout_uri' is not null""",
        sid,
        now,
    )
    postgres.nudge_on_commit()


async def disconnected(tx: Tx, sub: str, client_id: str, now: datetime) -> None:
    """Tells one application that every session of this person there is over."""
    await tx.execute(
        """insert into logout_outbox (key, client_id, sub, created_at, next_try_at)
        select gen_random_uuid(), client_id, $1, $3, $3 from clients
        where client_id = $2 and deleted_at is null and record->>'backchannel_logout_uri' is not null""",
        sub,
        client_id,
        now,
    )
    postgres.nudge_on_commit()


async def claim(db: Database, now: datetime, most: int) -> list[Claimed]:
    """Takes what is due, for the length of a lease."""
    rows = await db.fetch(
        """update logout_outbox o set leased_until = $2, tries = tries + 1 where id in (
            select id from logout_outbox where sent_at is null and failed_at is null and next_try_at <= $1
                and (leased_until is null or leased_until <= $1)
            order by next_try_at limit $3 for update skip locked)
        returning id, key, client_id, sub, sid, tries, (
            select c.record->>'backchannel_logout_uri' from clients c
            where c.client_id = o.client_id and c.deleted_at is null
        ) as uri""",
        now,
        now + LEASE,
        most,
    )
    return [msgspec.convert(dict(row), Claimed) for row in rows]


async def sent(db: Database, id: int, now: datetime) -> None:  # noqa: A002 - the column's name
    await db.execute("update logout_outbox set sent_at = $2, leased_until = null where id = $1", id, now)


async def postpone(db: Database, id: int, until: datetime, error: str) -> None:  # noqa: A002 - the column's name
    await db.execute(
        "update logout_outbox set next_try_at = $2, last_error = $3, leased_until = null where id = $1",
        id,
        until,
        error,
    )


async def give_up(db: Database, id: int, now: datetime, error: str) -> None:  # noqa: A002 - the column's name
    await db.execute(
        "update logout_outbox set failed_at = $2, last_error = $3, leased_until = null where id = $1", id, now, error
    )
