"""Accounts on their way out, in Postgres."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """An account in its grace."""

    user_id: int
    deleted_at: datetime
    purge_at: datetime


async def persons(tx: Tx, user_id: int) -> list[int]:
    """The account and those that it has absorbed, which are the same person's; all held until the transaction ends."""
    rows = await tx.fetch("select id from users where id = $1 or merged_into = $1 order by id for update", user_id)
    return [row["id"] for row in rows]


async def close(tx: Tx, user_id: int, now: datetime, purge_at: datetime) -> None:
    await tx.execute(
        """update users set deleted_at = $2, purge_at = $3, updated_at = $2, version = version + 1
        where id = $1 and deleted_at is null""",
        user_id,
        now,
        purge_at,
    )


async def reopen(tx: Tx, user_id: int, now: datetime) -> bool:
    """Whether it was in its grace. Raises asyncpg.UniqueViolationError where a living account has the address."""
    return (
        await tx.fetchval(
            """update users set deleted_at = null, purge_at = null, updated_at = $2, version = version + 1
            where id = $1 and deleted_at is not null and purge_at > $2 returning true""",
            user_id,
            now,
        )
        is not None
    )


async def in_grace(on: Tx | Database, email_key: str, now: datetime) -> Closed | None:
    """The account of an address that can come back; the latest, should there be several."""
    row = await on.fetchrow(
        """select id as user_id, deleted_at, purge_at from users
        where email_key = $1 and purge_at > $2 order by purge_at desc limit 1""",
        email_key,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Closed)


async def of_number(on: Tx | Database, user_id: int, now: datetime) -> Closed | None:
    row = await on.fetchrow(
        "select id as user_id, deleted_at, purge_at from users where id = $1 and purge_at > $2", user_id, now
    )
    return None if row is None else msgspec.convert(dict(row), Closed)


async def keep_offer(on: Tx | Database, sha256: bytes, user_id: int, expires_at: datetime) -> None:
    await on.execute(
        "insert into account_returns (sha256, user_id, expires_at) values ($1, $2, $3)", sha256, user_id, expires_at
    )


async def offered(on: Database, sha256: bytes, now: datetime) -> Closed | None:
    """The account that an offer is about, while both hold."""
    row = await on.fetchrow(
        """select u.id as user_id, u.deleted_at, u.purge_at from account_returns r join users u on u.id = r.user_id
        where r.sha256 = $1 and r.expires_at > $2 and u.purge_at > $2""",
        sha256,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Closed)


async def take_offer(tx: Tx, sha256: bytes, now: datetime) -> int | None:
    """Uses an offer up, and with it every other of the account; of two at once, one gets the account."""
    user_id: int | None = await tx.fetchval(
        "delete from account_returns where sha256 = $1 and expires_at > $2 returning user_id", sha256, now
    )
    return user_id


class Unnamed(msgspec.Struct, frozen=True):
    """An account of nobody, and whether nothing has used it for long."""

    user_id: int
    idle: bool


async def anonymous(on: Tx | Database, after: int, before: datetime, now: datetime, most: int) -> list[Unnamed]:
    """Those with a larger number, begun before then; one is idle that no device, no key and no application has used
    since. A family of tokens that could be renewed `now` counts as use: it is prolonged each time.
    """
    rows = await on.fetch(
        """select u.id, not exists (select from device_credentials d where d.user_id = u.id and d.last_used_at > $2)
            and not exists (
                select from api_keys k where k.user_id = u.id and coalesce(k.last_used_at, k.created_at) > $2)
            and not exists (select from sessions s where s.user_id = u.id and s.last_seen_at > $2)
            and not exists (
                select from token_families f
                where f.user_id = u.id and f.expires_at > $3 and f.revoked_at is null) as idle
        from users u where u.anonymous and u.deleted_at is null and u.id > $1 and u.created_at <= $2
        order by u.id limit $4""",
        after,
        before,
        now,
        most,
    )
    return [Unnamed(row["id"], row["idle"]) for row in rows]


async def over(db: Database, before: datetime, most: int) -> list[int]:
    """Accounts whose grace ended before then."""
    rows = await db.fetch("select id from users where purge_at <= $1 order by purge_at limit $2", before, most)
    return [row["id"] for row in rows]


async def remove(tx: Tx, user_id: int) -> None:
    """The account with all that hangs on it, those that it had absorbed included."""
    await tx.execute(
        """with person as (select id from users where id = $1 or merged_into = $1), strangers as (
            delete from acquaintances where user_id in (select id from person)
        ) delete from users where id = $1""",
        user_id,
    )
