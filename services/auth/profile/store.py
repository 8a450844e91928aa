"""Profiles in Postgres: columns of the account."""

from datetime import datetime

from chassis.postgres import Tx


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
