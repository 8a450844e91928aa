"""Sealed health secrets in Postgres."""

from datetime import datetime

import msgspec

from chassis.postgres import Tx


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """As they lie there."""

    current: bytes
    previous: bytes | None
    previous_until: datetime | None


async def insert(tx: Tx, application_id: int, sealed: bytes, now: datetime) -> bool:
    """False where there is one already."""
    made = await tx.fetchval(
        """
        insert into rp_health_secrets (application_id, current, made_at) values ($1, $2, $3)
        on conflict (application_id) do nothing returning application_id
        """,
        application_id,
        sealed,
        now,
    )
    return made is not None


async def replace(tx: Tx, application_id: int, sealed: bytes, previous_until: datetime | None, now: datetime) -> None:
    """What was current is previous until then; gone where that is None."""
    await tx.execute(
        """
        insert into rp_health_secrets as kept (application_id, current, made_at) values ($1, $2, $4)
        on conflict (application_id) do update set current = $2, made_at = $4, previous_until = $3,
            previous = case when $3::timestamptz is null then null else kept.current end
        """,
        application_id,
        sealed,
        previous_until,
        now,
    )


async def find(tx: Tx, application_id: int) -> Kept | None:
    row = await tx.fetchrow(
        "select current, previous, previous_until from rp_health_secrets where application_id = $1", application_id
    )
    return None if row is None else msgspec.convert(dict(row), Kept)


async def delete(tx: Tx, application_id: int) -> None:
    await tx.execute("delete from rp_health_secrets where application_id = $1", application_id)
