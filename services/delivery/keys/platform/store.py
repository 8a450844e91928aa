"""The platform's keys in Postgres; the private halves sealed under their kid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from chassis.postgres import Tx


class PlatformKey(msgspec.Struct, frozen=True, kw_only=True):
    kid: str
    purpose: str
    sealed_private: bytes
    public_jwk: dict[str, Any]
    created_at: datetime
    active_from: datetime


async def take_turns(tx: Tx) -> None:
    """Two processes that find a key missing make one."""
    await tx.execute("lock table platform_keys in share row exclusive mode")


async def living(tx: Tx, purpose: str) -> list[PlatformKey]:
    """The youngest first."""
    rows = await tx.fetch(
        """
        select kid, purpose, sealed_private, public_jwk, created_at, active_from from platform_keys
        where purpose = $1 order by active_from desc
        """,
        purpose,
    )
    return [msgspec.convert(dict(row), PlatformKey) for row in rows]


async def insert(tx: Tx, key: PlatformKey) -> None:
    await tx.execute(
        """
        insert into platform_keys (kid, purpose, sealed_private, public_jwk, created_at, active_from)
        values ($1, $2, $3, $4, $5, $6)
        """,
        key.kid,
        key.purpose,
        key.sealed_private,
        key.public_jwk,
        key.created_at,
        key.active_from,
    )


async def remove(tx: Tx, kids: Sequence[str]) -> None:
    await tx.execute("delete from platform_keys where kid = any($1::text[])", list(kids))
