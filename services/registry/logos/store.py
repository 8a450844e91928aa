"""Logos in Postgres, under the digest of the bytes that are served."""

from datetime import datetime

from chassis.postgres import Database


async def keep(db: Database, sha256: str, image: bytes, at: datetime) -> None:
    await db.execute(
        "insert into logos (sha256, image, created_at) values ($1, $2, $3) on conflict do nothing", sha256, image, at
    )


async def find(db: Database, sha256: str) -> bytes | None:
    image: bytes | None = await db.fetchval("select image from logos where sha256 = $1", sha256)
    return image


async def purge(db: Database, before: datetime) -> None:
    """Removes logos that no application shows any more."""
    await db.execute(
        """
        delete from logos l where created_at < $1
            and not exists (select from applications a where a.logo_url like '%/' || l.sha256 || '.png')
        """,
        before,
    )
