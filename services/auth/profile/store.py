"""Profiles in Postgres: names are columns of the account, the rest stands beside it, because most people have none."""

from datetime import datetime
from typing import Any

import msgspec

from chassis.postgres import Database, Tx


class Particulars(msgspec.Struct, frozen=True, kw_only=True):
    """`custom_claims` is `{namespace: {key: value}}`, written by the operator."""

    phone_number: str | None = None
    address: str | None = None
    postal_code: str | None = None
    custom_claims: dict[str, dict[str, Any]] = {}


async def change(
    tx: Tx, user_id: int, preferred_name: str | None, full_name: str | None, language: str, now: datetime
) -> None:
    """Other services keep no names, so this is no new version of the record that they hold."""
    await tx.execute(
        "update users set preferred_name = $2, full_name = $3, language = $4, updated_at = $5 where id = $1",
        user_id,
        preferred_name,
        full_name,
        language,
        now,
    )


async def particulars(on: Tx | Database, user_id: int) -> Particulars:
    row = await on.fetchrow(
        "select phone_number, address, postal_code, custom_claims from particulars where user_id = $1", user_id
    )
    return Particulars() if row is None else msgspec.convert(dict(row), Particulars)


async def keep(on: Tx | Database, user_id: int, new: Particulars) -> None:
    await on.execute(
        """insert into particulars (user_id, phone_number, address, postal_code, custom_claims)
        values ($1, $2, $3, $4, $5)
        on conflict (user_id) do update set phone_number = excluded.phone_number, address = excluded.address,
            postal_code = excluded.postal_code, custom_claims = excluded.custom_claims""",
        user_id,
        new.phone_number,
        new.address,
        new.postal_code,
        new.custom_claims,
    )
