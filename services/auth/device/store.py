"""Devices that wait, in Postgres: the device code as its SHA-256, the user code as it is typed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.principal import Session

State = Literal["pending", "approved", "denied", "consumed"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A device that a person may let in."""

    user_code: str
    client_id: str
    scopes: tuple[str, ...]


class Polled(msgspec.Struct, frozen=True, kw_only=True):
    """A device code as it was when its device asked."""

    state: State
    scopes: tuple[str, ...]
    expires_at: datetime
    too_fast: bool
    user_id: int | None
    sub: str | None
    authenticated_at: datetime | None
    methods: tuple[str, ...]
    person_lives: bool
    client_version: int


async def insert(
    db: Database, sha256: bytes, waiting: Waiting, interval: timedelta, now: datetime, expires_at: datetime
) -> bool:
    """False where the user code is taken."""
    made = await db.fetchval(
        """insert into device_codes (sha256, user_code, client_id, scopes, interval_seconds, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (user_code) do nothing returning true""",
        sha256,
        waiting.user_code,
        waiting.client_id,
        list(waiting.scopes),
        int(interval.total_seconds()),
        now,
        expires_at,
    )
    return made is not None


async def waiting(db: Database, user_code: str, now: datetime) -> Waiting | None:
    row = await db.fetchrow(
        """select user_code, client_id, scopes from device_codes
        where user_code = $1 and state = 'pending' and expires_at > $2""",
        user_code,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Waiting)


async def approve(tx: Tx, user_code: str, scopes: Sequence[str], sub: str, visitor: Session, now: datetime) -> bool:
    """Whether it was still waiting; of two who decide at once, one is told True."""
    decided = await tx.fetchval(
        """update device_codes set state = 'approved', scopes = $2, user_id = $3, sub = $4, authenticated_at = $5,
            methods = $6
        where user_code = $1 and state = 'pending' and expires_at > $7 returning true""",
        user_code,
        list(scopes),
        visitor.user_id,
        sub,
        visitor.authenticated_at,
        list(visitor.methods),
        now,
    )
    return decided is not None


async def deny(db: Database, user_code: str, now: datetime) -> bool:
    """Whether it was still waiting."""
    decided = await db.fetchval(
        """update device_codes set state = 'denied'
        where user_code = $1 and state = 'pending' and expires_at > $2 returning true""",
        user_code,
        now,
    )
    return decided is not None


async def poll(tx: Tx, sha256: bytes, client_id: str, now: datetime) -> Polled | None:
    """The client's device code under its row's lock. Who asks too early waits 5 s longer from now on (section 3.5)."""
    row = await tx.fetchrow(
        """update device_codes d set polled_at = $3,
            interval_seconds = d.interval_seconds + case when b.too_fast and b.state = 'pending' then 5 else 0 end
        from (
            select sha256, state,
                coalesce(polled_at + make_interval(secs => interval_seconds) > $3, false) as too_fast
            from device_codes where sha256 = $1 and client_id = $2 for update
        ) b where d.sha256 = b.sha256
        returning d.state, d.scopes, d.expires_at, b.too_fast, d.user_id, d.sub, d.authenticated_at, d.methods,
            exists (
                select from users u where u.id = d.user_id and u.deleted_at is null and u.suspended_at is null
            ) as person_lives,
            (select c.version from clients c where c.client_id = $2) as client_version""",
        sha256,
        client_id,
        now,
    )
    return None if row is None else _polled(row)


async def consume(tx: Tx, sha256: bytes) -> None:
    """Spends a device code that `poll` has locked."""
    await tx.execute("update device_codes set state = 'consumed' where sha256 = $1", sha256)


async def count(tx: Tx, keys: Sequence[str], now: datetime, window: timedelta) -> dict[str, tuple[int, datetime]]:
    """Adds a try to each key, in their order; returns how many there were since when."""
    rows = await tx.fetch(
        """insert into user_code_tries as t (key, began_at, tries)
        select key, $2, 1 from unnest($1::text[]) as key order by key
        on conflict (key) do update set
            tries = case when t.began_at <= $3 then 1 else t.tries + 1 end,
            began_at = case when t.began_at <= $3 then $2 else t.began_at end
        returning key, tries, began_at""",
        sorted(keys),
        now,
        now - window,
    )
    return {row["key"]: (row["tries"], row["began_at"]) for row in rows}


async def uncount(db: Database, keys: Sequence[str]) -> None:
    """Takes a try back: the code was right."""
    await db.execute(
        "update user_code_tries set tries = tries - 1 where key = any($1::text[]) and tries > 0", list(keys)
    )


def _polled(row: Row) -> Polled:
    return Polled(
        state=row["state"],
        scopes=tuple(row["scopes"]),
        expires_at=row["expires_at"],
        too_fast=row["too_fast"],
        user_id=row["user_id"],
        sub=row["sub"],
        authenticated_at=row["authenticated_at"],
        methods=tuple(row["methods"] or ()),
        person_lives=row["person_lives"],
        client_version=row["client_version"] or 0,
    )
