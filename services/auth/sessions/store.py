"""Sessions in Postgres, under the SHA-256 of their cookie."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.principal import Role


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A living session of a living account."""

    id: bytes
    """SHA-256 of the cookie; safe to show and to log, because nobody can go back from it."""
    sid: bytes
    """The name that applications know it by; it outlives a renewal of the id by the same person."""
    user_id: int
    sub: str
    email: str | None
    role: Role
    identity_verified_level: int
    csrf_token: str
    authenticated_at: datetime
    methods: tuple[str, ...]
    """RFC 8176 `amr` values of what was really done."""
    last_seen_at: datetime
    expires_at: datetime


class Ended(msgspec.Struct, frozen=True):
    """What was known of a session that is over."""

    user_id: int
    sid: bytes


class Place(msgspec.Struct, frozen=True):
    """Where a browser is, as its owner will recognise it in a list."""

    ip: str
    user_agent: str


async def find(db: Database, id: bytes, now: datetime) -> SignedIn | None:  # noqa: A002 - the column's name
    """The session, unless it has expired or its account is suspended or deleted."""
    row = await db.fetchrow(
        """select s.id, coalesce(s.sid, s.id) as sid, s.user_id, u.email, u.role, u.identity_verified_level,
            s.csrf_token, s.authenticated_at, s.methods, s.last_seen_at, s.expires_at
        from sessions s join users u on u.id = s.user_id
        where s.id = $1 and s.expires_at > $2 and u.deleted_at is null and u.suspended_at is null""",
        id,
        now,
    )
    return None if row is None else _signed_in(row)


async def insert(tx: Tx, session: SignedIn, place: Place) -> None:
    await tx.execute(
        """insert into sessions (id, user_id, csrf_token, authenticated_at, methods, created_at, last_seen_at,
            expires_at, ip, user_agent, sid) values ($1, $2, $3, $4, $5, $4, $4, $6, $7, $8, $9)""",
        session.id,
        session.user_id,
        session.csrf_token,
        session.authenticated_at,
        list(session.methods),
        session.expires_at,
        place.ip,
        place.user_agent[:400],
        session.sid,
    )


async def touch(db: Database, id: bytes, now: datetime) -> None:  # noqa: A002 - the column's name
    await db.execute("update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2", id, now)


async def delete(tx: Tx, id: bytes) -> Ended | None:  # noqa: A002 - the column's name
    """The session that was, if there was one."""
    row = await tx.fetchrow("delete from sessions where id = $1 returning user_id, coalesce(sid, id) as sid", id)
    return None if row is None else Ended(row["user_id"], row["sid"])


async def delete_all(tx: Tx, user_id: int) -> list[bytes]:
    """The `sid` of each session that the account had."""
    rows = await tx.fetch("delete from sessions where user_id = $1 returning coalesce(sid, id) as sid", user_id)
    return [row["sid"] for row in rows]


def _signed_in(row: Row) -> SignedIn:
    return SignedIn(
        id=row["id"],
        sid=row["sid"],
        user_id=row["user_id"],
        sub=str(row["user_id"]),
        email=row["email"],
        role=row["role"],
        identity_verified_level=row["identity_verified_level"],
        csrf_token=row["csrf_token"],
        authenticated_at=row["authenticated_at"],
        methods=tuple(row["methods"]),
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
    )
