"""What of second factors concerns all kinds, in Postgres."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from chassis.postgres import Database, Tx


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """What an account can show beside its password."""

    totp: bool
    passkeys: int
    backup_codes: int
    """Those that are left."""

    @property
    def any(self) -> bool:
        """Whether a sign-in with the password alone is not enough; backup codes only stand in for the others."""
        return self.totp or self.passkeys > 0


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in that has shown its first factor."""

    user_id: int
    methods: tuple[str, ...]


async def enrolled(on: Tx | Database, user_id: int) -> Enrolled:
    row = await on.fetchrow(
        """select exists (select from totp_seeds where user_id = $1 and confirmed_at is not null) as totp,
            (select count(*) from passkeys where user_id = $1) as passkeys,
            (select count(*) from backup_codes where user_id = $1 and used_at is null) as backup_codes""",
        user_id,
    )
    return msgspec.convert(dict(row or {}), Enrolled)


async def count_try(on: Tx | Database, user_id: int, now: datetime, window: timedelta) -> tuple[int, datetime]:
    """Counts one try before it is judged; how many there were since when."""
    row = await on.fetchrow(
        """insert into factor_tries as t (user_id, began_at, tries) values ($1, $2, 1)
        on conflict (user_id) do update set
            tries = case when t.began_at <= $3 then 1 else t.tries + 1 end,
            began_at = case when t.began_at <= $3 then $2 else t.began_at end
        returning tries, began_at""",
        user_id,
        now,
        now - window,
    )
    return (1, now) if row is None else (row["tries"], row["began_at"])


async def forget_tries(on: Tx | Database, user_id: int) -> None:
    await on.execute("delete from factor_tries where user_id = $1", user_id)


async def owe(tx: Tx, cookie: str, half: Half, now: datetime, expires_at: datetime) -> None:
    """Remembers who still owes a second factor."""
    await tx.execute(
        "insert into half_sign_ins (sha256, user_id, methods, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        digest(cookie),
        half.user_id,
        list(half.methods),
        now,
        expires_at,
    )


async def owing(db: Database, cookie: str, now: datetime) -> Half | None:
    row = await db.fetchrow(
        "select user_id, methods from half_sign_ins where sha256 = $1 and expires_at > $2", digest(cookie), now
    )
    return None if row is None else msgspec.convert(dict(row), Half)


async def settle(tx: Tx, cookie: str, now: datetime) -> Half | None:
    """Ends a half sign-in; of two who settle it at once, one gets it."""
    row = await tx.fetchrow(
        "delete from half_sign_ins where sha256 = $1 and expires_at > $2 returning user_id, methods",
        digest(cookie),
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Half)


def digest(secret: str) -> bytes:
    return sha256(secret.encode(errors="surrogatepass")).digest()
