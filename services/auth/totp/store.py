"""Seeds of one-time codes in Postgres, sealed by the vault under `totp/<user_id>`."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    sealed: bytes
    created_at: datetime
    confirmed_at: datetime | None
    last_used_at: datetime | None


async def find(on: Tx | Database, user_id: int) -> Seed | None:
    row = await on.fetchrow(
        "select sealed, created_at, confirmed_at, last_used_at from totp_seeds where user_id = $1", user_id
    )
    return None if row is None else msgspec.convert(dict(row), Seed)


async def begin(tx: Tx, user_id: int, sealed: bytes, now: datetime) -> bool:
    """Keeps a seed that guards nothing yet, instead of an earlier such; False where one is confirmed."""
    made = await tx.fetchval(
        """insert into totp_seeds as t (user_id, sealed, created_at) values ($1, $2, $3)
        on conflict (user_id) do update set sealed = $2, created_at = $3 where t.confirmed_at is null
        returning true""",
        user_id,
        sealed,
        now,
    )
    return made is not None


async def confirm(tx: Tx, user_id: int, sealed: bytes, step: int, now: datetime) -> bool:
    """Whether the seed was still unconfirmed, and the one that the code was right for."""
    done = await tx.fetchval(
        """update totp_seeds set confirmed_at = $4, last_used_at = $4, last_step = $3
        where user_id = $1 and sealed = $2 and confirmed_at is null returning true""",
        user_id,
        sealed,
        step,
        now,
    )
    return done is not None


async def spend(on: Tx | Database, user_id: int, step: int, now: datetime) -> bool:
    """Whether no code of this step or a later one was taken before; of two who show one at once, one is told True."""
    done = await on.fetchval(
        """update totp_seeds set last_step = $2, last_used_at = $3
        where user_id = $1 and last_step < $2 and confirmed_at is not null returning true""",
        user_id,
        step,
        now,
    )
    return done is not None


async def remove(tx: Tx, user_id: int) -> bool:
    """Whether there was a confirmed one."""
    gone = await tx.fetchval(
        "delete from totp_seeds where user_id = $1 and confirmed_at is not null returning true", user_id
    )
    return gone is not None
