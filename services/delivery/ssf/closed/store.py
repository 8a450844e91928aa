"""Closed accounts in Postgres, by the number that the account has now."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chassis.postgres import Tx


class Told(msgspec.Struct, frozen=True, kw_only=True):
    account: str
    client_id: str
    sub: str
    """By which this application knows the account."""
    closed_at: datetime


async def remember(tx: Tx, told: Sequence[Told]) -> None:
    await tx.execute(
        """
        insert into closed_accounts (account, client_id, sub, closed_at)
        select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
        on conflict (account, client_id, sub) do update set closed_at = excluded.closed_at
        """,
        [one.account for one in told],
        [one.client_id for one in told],
        [one.sub for one in told],
        [one.closed_at for one in told],
    )


async def forget(tx: Tx, account: str) -> list[Told]:
    """Answers those who were told; the account is closed no more, or gone."""
    rows = await tx.fetch(
        "delete from closed_accounts where account = $1 returning account, client_id, sub, closed_at", account
    )
    return [msgspec.convert(dict(row), Told) for row in rows]
