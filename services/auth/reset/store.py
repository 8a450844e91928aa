"""Links that choose a new password: under the SHA-256 of their token, half an hour, one use."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    email_key: str
    return_to: str


async def insert(tx: Tx, sha256: bytes, reset: Reset, now: datetime, expires_at: datetime) -> None:
    await tx.execute(
        """insert into password_resets (token_sha256, user_id, email_key, return_to, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)""",
        sha256,
        reset.user_id,
        reset.email_key,
        reset.return_to,
        now,
        expires_at,
    )


async def count(tx: Tx, user_id: int, since: datetime) -> int:
    """How many links an account was mailed since then."""
    return int(
        await tx.fetchval("select count(*) from password_resets where user_id = $1 and created_at > $2", user_id, since)
    )


async def find(db: Database, sha256: bytes, now: datetime) -> str | None:
    """The address whose account a living link is for."""
    found: str | None = await db.fetchval(
        """select u.email from password_resets r join users u on u.id = r.user_id
        where r.token_sha256 = $1 and r.used_at is null and r.expires_at > $2 and u.email_key = r.email_key""",
        sha256,
        now,
    )
    return found


async def use(tx: Tx, sha256: bytes, now: datetime) -> Reset | None:
    """Spends a link; of two who try at once, one gets it."""
    row = await tx.fetchrow(
        """update password_resets set used_at = $2 where token_sha256 = $1 and used_at is null and expires_at > $2
        returning user_id, email_key, return_to""",
        sha256,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Reset)


async def forget(tx: Tx, user_id: int, now: datetime) -> None:
    """Spends every other link of an account whose password is new: of resets, and of changes of the address."""
    await tx.execute("update password_resets set used_at = $2 where user_id = $1 and used_at is null", user_id, now)
    await tx.execute(
        """update email_verifications set used_at = $2
        where user_id = $1 and used_at is null and (new_email is not null or password_hash is not null)""",
        user_id,
        now,
    )
