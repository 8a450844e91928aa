"""The queue of notices in Postgres; what one says is sealed, and forgotten once sent."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

import msgspec

from chassis import postgres
from chassis.postgres import Database, Tx
from chassis.vault import Vault

Channel = Literal["telegram", "webhook"]

LEASE: Final = timedelta(seconds=60)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One in a courier's hand, for the `tries`-th time."""

    id: int
    key: UUID
    channel: Channel
    sealed: bytes
    tries: int


async def enqueue(tx: Tx, vault: Vault, channel: Channel, text: str, at: datetime) -> None:
    """Goes out once the transaction has committed, or not at all."""
    key = uuid4()
    await tx.execute(
        "insert into notices (key, channel, sealed, created_at, next_try_at) values ($1, $2, $3, $4, $4)",
        key,
        channel,
        vault.seal(text.encode(), f"notice/{key}"),
        at,
    )
    postgres.nudge_on_commit()


async def claim(db: Database, now: datetime, most: int) -> list[Notice]:
    """Takes those that are due, for the length of a lease."""
    rows = await db.fetch(
        """
        update notices set leased_until = $2, tries = tries + 1 where id in (
            select id from notices where sent_at is null and failed_at is null and next_try_at <= $1
                and (leased_until is null or leased_until <= $1)
            order by next_try_at limit $3 for update skip locked)
        returning id, key, channel, sealed, tries
        """,
        now,
        now + LEASE,
        most,
    )
    return [Notice(**dict(row)) for row in rows]


async def sent(db: Database, notice_id: int, at: datetime) -> None:
    await db.execute("update notices set sent_at = $2, sealed = null, leased_until = null where id = $1", notice_id, at)


async def postpone(db: Database, notice_id: int, until: datetime, error: str) -> None:
    await db.execute(
        "update notices set next_try_at = $2, last_error = $3, leased_until = null where id = $1",
        notice_id,
        until,
        error,
    )


async def give_up(db: Database, notice_id: int, at: datetime, error: str) -> None:
    await db.execute(
        "update notices set failed_at = $2, last_error = $3, sealed = null, leased_until = null where id = $1",
        notice_id,
        at,
        error,
    )


async def purge(db: Database, before: datetime) -> None:
    await db.execute(
        "delete from notices where created_at < $1 and (sent_at is not null or failed_at is not null)", before
    )
