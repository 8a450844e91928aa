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
    factors: tuple[str, ...] = ()
    """Second factors that the account has now: `totp`, `passkey`."""
    passkey_at: datetime | None = None
    otp_at: datetime | None = None
    confirmed_at: datetime | None = None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner recognises it."""

    id: bytes
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    methods: tuple[str, ...]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a person shows in a session that they have already."""

    methods: tuple[str, ...] = ()
    """RFC 8176 `amr` values that come to those of the session."""
    whole: bool = False
    """Whether it would have been enough to sign in with."""


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
            s.csrf_token, s.authenticated_at, s.methods, s.last_seen_at, s.expires_at, s.passkey_at, s.otp_at,
            s.confirmed_at,
            exists (select from totp_seeds t where t.user_id = u.id and t.confirmed_at is not null) as has_totp,
            exists (select from passkeys p where p.user_id = u.id) as has_passkey
        from sessions s join users u on u.id = s.user_id
        where s.id = $1 and s.expires_at > $2 and u.deleted_at is null and u.suspended_at is null""",
        id,
        now,
    )
    return None if row is None else _signed_in(row)


async def insert(tx: Tx, session: SignedIn, place: Place) -> None:
    await tx.execute(
        """insert into sessions (id, user_id, csrf_token, authenticated_at, methods, created_at, last_seen_at,
            expires_at, ip, user_agent, sid, passkey_at, otp_at)
        values ($1, $2, $3, $4, $5, $4, $4, $6, $7, $8, $9, $10, $11)""",
        session.id,
        session.user_id,
        session.csrf_token,
        session.authenticated_at,
        list(session.methods),
        session.expires_at,
        place.ip,
        place.user_agent[:400],
        session.sid,
        session.passkey_at,
        session.otp_at,
    )


async def renew(tx: Tx, old: bytes, new: bytes, proof: Proof, now: datetime) -> bool:
    """Gives a living session another id and notes what was shown; of two who try at once, one is told True."""
    found = await tx.fetchval(
        """update sessions set id = $2, sid = coalesce(sid, id),
            methods = methods || array(
                select m from unnest($3::text[]) with ordinality as shown (m, n) where m <> all(methods) order by n),
            authenticated_at = case when $4 then $5 else authenticated_at end,
            passkey_at = case when 'pop' = any($3) then $5 else passkey_at end,
            otp_at = case when 'otp' = any($3) then $5 else otp_at end,
            confirmed_at = $5, last_seen_at = $5
        where id = $1 and expires_at > $5 returning true""",
        old,
        new,
        list(proof.methods),
        proof.whole,
        now,
    )
    return found is not None


async def rename(tx: Tx, old: bytes, new: bytes, now: datetime) -> bool:
    """Gives a living session another id and nothing else; of two who try at once, one is told True."""
    found = await tx.fetchval(
        """update sessions set id = $2, sid = coalesce(sid, id), last_seen_at = $3
        where id = $1 and expires_at > $3 returning true""",
        old,
        new,
        now,
    )
    return found is not None


async def touch(db: Database, id: bytes, now: datetime) -> None:  # noqa: A002 - the column's name
    await db.execute("update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2", id, now)


async def delete(tx: Tx, id: bytes) -> Ended | None:  # noqa: A002 - the column's name
    """The session that was, if there was one."""
    row = await tx.fetchrow("delete from sessions where id = $1 returning user_id, coalesce(sid, id) as sid", id)
    return None if row is None else Ended(row["user_id"], row["sid"])


async def of_person(db: Database, user_id: int, now: datetime) -> list[Listed]:
    """Those that live, the one that was seen last first."""
    rows = await db.fetch(
        """select id, ip, user_agent, created_at, last_seen_at, expires_at, methods from sessions
        where user_id = $1 and expires_at > $2 order by last_seen_at desc, id limit 200""",
        user_id,
        now,
    )
    return [msgspec.convert(dict(row), Listed) for row in rows]


async def is_of(tx: Tx, id: bytes, user_id: int) -> bool:  # noqa: A002 - the column's name
    found = await tx.fetchval("select true from sessions where id = $1 and user_id = $2", id, user_id)
    return found is not None


async def delete_others(tx: Tx, user_id: int, but: bytes) -> list[bytes]:
    """The `sid` of each session that ended, with what any of them had begun."""
    await _delete_begun(tx, user_id)
    rows = await tx.fetch(
        "delete from sessions where user_id = $1 and id <> $2 returning coalesce(sid, id) as sid", user_id, but
    )
    return [row["sid"] for row in rows]


async def delete_all(tx: Tx, user_id: int) -> list[bytes]:
    """The `sid` of each session that the account had, with what any of them had begun."""
    await _delete_begun(tx, user_id)
    rows = await tx.fetch("delete from sessions where user_id = $1 returning coalesce(sid, id) as sid", user_id)
    return [row["sid"] for row in rows]


async def _delete_begun(tx: Tx, user_id: int) -> None:
    """What would outlive a session and still act as the account: a sign-in that owes its second factor, another screen
    or a device that was let in and has not gone on yet, and proofs for a merge.
    """
    await tx.execute("delete from half_sign_ins where user_id = $1", user_id)
    await tx.execute(
        "update qr_sessions set state = 'denied' where user_id = $1 and state in ('scanned', 'approved')", user_id
    )
    await tx.execute("update device_codes set state = 'denied' where user_id = $1 and state = 'approved'", user_id)
    await tx.execute("delete from merge_tokens where user_id = $1 and consumed_at is null", user_id)


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
        factors=tuple(name for name in ("totp", "passkey") if row[f"has_{name}"]),
        passkey_at=row["passkey_at"],
        otp_at=row["otp_at"],
        confirmed_at=row["confirmed_at"],
    )
