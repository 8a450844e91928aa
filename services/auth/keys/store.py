"""Signing keys in Postgres. A key's state follows from the time, so no process has to move it from one to the next."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from chassis.postgres import Database, Row, Tx

Purpose = Literal["own", "resource"]
Algorithm = Literal["RS256", "ES256"]

LOCK = 0x6B657973
"""Advisory lock ("keys") under which keys are made: two processes that find none take turns."""


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key with its sealed private half."""

    kid: str
    purpose: Purpose
    algorithm: Algorithm
    public_jwk: dict[str, Any]
    private_key: bytes
    created_at: datetime
    active_from: datetime


async def living(db: Database | Tx) -> list[StoredKey]:
    """All keys that are published, the newest first."""
    rows = await db.fetch(
        """select kid, purpose, algorithm, public_jwk, private_key, created_at, active_from
        from signing_keys where removed_at is null order by active_from desc, kid"""
    )
    return [_key(row) for row in rows]


async def insert(tx: Tx, key: StoredKey) -> None:
    await tx.execute(
        """insert into signing_keys (kid, purpose, algorithm, public_jwk, private_key, created_at, active_from)
        values ($1, $2, $3, $4, $5, $6, $7)""",
        key.kid,
        key.purpose,
        key.algorithm,
        key.public_jwk,
        key.private_key,
        key.created_at,
        key.active_from,
    )


async def take_turns(tx: Tx) -> None:
    """Waits until no other transaction makes keys."""
    await tx.execute("select pg_advisory_xact_lock($1)", LOCK)


async def remove(tx: Tx, kids: list[str], now: datetime) -> None:
    await tx.execute("update signing_keys set removed_at = $2 where kid = any($1::text[])", kids, now)


def _key(row: Row) -> StoredKey:
    return StoredKey(
        kid=row["kid"],
        purpose=row["purpose"],
        algorithm=row["algorithm"],
        public_jwk=row["public_jwk"],
        private_key=row["private_key"],
        created_at=row["created_at"],
        active_from=row["active_from"],
    )
