"""Tokens of hand-offs in Postgres, under their SHA-256; whatever ends the session ends its hand-off."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class HandOff(msgspec.Struct, frozen=True, kw_only=True):
    """A session that waits for the browser whose secret `browser` is a digest of."""

    session_id: bytes
    browser: bytes
    return_to: str
    expires_at: datetime


async def put(db: Database, token: bytes, made: HandOff) -> None:
    """One at a time for each session: the last one counts. A session that ended meanwhile gets none."""
    await db.execute(
        """insert into hand_offs (session_id, sha256, browser, return_to, expires_at)
        select id, $2, $3, $4, $5 from sessions where id = $1
        on conflict (session_id) do update set sha256 = excluded.sha256, browser = excluded.browser,
            return_to = excluded.return_to, expires_at = excluded.expires_at""",
        made.session_id,
        token,
        made.browser,
        made.return_to,
        made.expires_at,
    )


async def spend(tx: Tx, token: bytes) -> HandOff | None:
    """It is gone, whatever comes of it; of two who show it at once, one gets it."""
    row = await tx.fetchrow(
        "delete from hand_offs where sha256 = $1 returning session_id, browser, return_to, expires_at", token
    )
    return None if row is None else msgspec.convert(dict(row), HandOff)
