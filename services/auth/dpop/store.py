"""Proofs and client assertions that were used, in Postgres until they would have expired anyway."""

from datetime import datetime

from chassis.postgres import Database


async def spend(db: Database, sha256: bytes, expires_at: datetime) -> bool:
    """False where it was used before; of those who show it at once, one is told True, in whatever process."""
    spent = await db.fetchval(
        "insert into spent_proofs (sha256, expires_at) values ($1, $2) on conflict do nothing returning true",
        sha256,
        expires_at,
    )
    return spent is not None
