"""The owner's view of the log of sign-ins, in Postgres."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row


class LoginLog(msgspec.Struct, frozen=True, kw_only=True):
    """One try to sign in, whether it succeeded or not; `deleted_at` is when its owner put it into the trash."""

    id: int
    at: datetime
    outcome: str
    method: str
    ip: str
    user_agent: str
    deleted_at: datetime | None = None


async def page(db: Database, user_id: int, before: int | None, limit: int) -> list[LoginLog]:
    """The latest first, older than the entry `before`."""
    rows = await db.fetch(
        """select id, at, outcome, method, ip, user_agent, deleted_at from login_logs
        where user_id = $1 and deleted_at is null and ($2::bigint is null or (at, id) < (
            select at, id from login_logs where id = $2 and user_id = $1))
        order by at desc, id desc limit $3""",
        user_id,
        before,
        limit,
    )
    return [_entry(row) for row in rows]


async def trash(db: Database, user_id: int, before: int | None, limit: int) -> list[LoginLog]:
    rows = await db.fetch(
        """select id, at, outcome, method, ip, user_agent, deleted_at from login_logs
        where user_id = $1 and deleted_at is not null and ($2::bigint is null or (at, id) < (
            select at, id from login_logs where id = $2 and user_id = $1))
        order by at desc, id desc limit $3""",
        user_id,
        before,
        limit,
    )
    return [_entry(row) for row in rows]


async def throw(db: Database, user_id: int, id: int, now: datetime) -> bool:  # noqa: A002 - the column's name
    """Whether there was such an entry outside the trash."""
    return (
        await db.fetchval(
            """update login_logs set deleted_at = $3 where id = $2 and user_id = $1 and deleted_at is null
            returning true""",
            user_id,
            id,
            now,
        )
        is not None
    )


async def take_back(db: Database, user_id: int, id: int) -> LoginLog | None:  # noqa: A002 - the column's name
    """The entry, if it was in the trash."""
    row = await db.fetchrow(
        """update login_logs set deleted_at = null where id = $2 and user_id = $1 and deleted_at is not null
        returning id, at, outcome, method, ip, user_agent, deleted_at""",
        user_id,
        id,
    )
    return None if row is None else _entry(row)


def _entry(row: Row) -> LoginLog:
    return msgspec.convert(dict(row), LoginLog)
