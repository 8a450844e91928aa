"""Families of tokens in Postgres: all that descends from one consent, and its refresh tokens.

A family's id has 60 random bits and stands in the jti of its access tokens, so that a token's life is one look-up
by key and no row per access token need be kept.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.scopes import names_of
from services.auth.tokens import subjects
from services.auth.tokens.subjects import Standing

Because = Literal[
    "code_replayed",
    "refresh_reused",
    "app_disconnected",
    "client_deleted",
    "client_request",
    "signed_out",
    "grants_revoked",
    "consent_withdrawn",
    "account_deleted",
    "password_reset",
    "session_ended",
    "account_suspended",
    "role_lowered",
    "merged",
]

ID_BITS = 60


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Who allowed what to whom, and how they had signed in."""

    id: int
    client_id: str
    user_id: int
    sub: str
    scopes: tuple[str, ...]
    authenticated_at: datetime
    methods: tuple[str, ...]
    session_id: bytes | None = None
    jkt: str | None = None
    """Thumbprint of the DPoP key that a public client's refresh tokens are bound to (RFC 9449 section 5)."""
    resources: tuple[str, ...] = ()
    """Indicators of the API resources that were granted (RFC 8707)."""
    actor: str | None = None
    """The client that acts for the person, if it is not the person who acts (RFC 8693 section 4.1)."""
    api_key_id: int | None = None
    """The personal API key that was exchanged; the family ends with it."""
    parent_id: int | None = None
    """The family of the token that was exchanged; this one ends with it."""
    parent_jti: UUID | None = None
    """The token itself; it may end alone."""


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token as it was found when it was shown."""

    family: Family
    expires_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None
    person_lives: bool
    client_version: int
    """The version of the client's record at that moment."""


def new_id() -> int:
    return secrets.randbits(ID_BITS)


def new_jti(family_id: int) -> UUID:
    """A version 8 UUID (RFC 9562 section 5.8): 48 + 12 bits of family, 62 random bits."""
    return UUID(int=family_id >> 12 << 80 | 0x8 << 76 | (family_id & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62))


def family_of(jti: UUID) -> int | None:
    """The family that a jti names; None for a token without one (client_credentials)."""
    if jti.version != 8:
        return None
    return jti.int >> 80 << 12 | jti.int >> 64 & 0xFFF


async def begin(tx: Tx, family: Family, now: datetime, expires_at: datetime) -> None:
    await tx.execute(
        """insert into token_families
            (id, client_id, user_id, sub, scopes, authenticated_at, methods, session_id, began_at, expires_at, jkt,
            resources, actor, api_key_id, parent_id, parent_jti)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)""",
        family.id,
        family.client_id,
        family.user_id,
        family.sub,
        list(family.scopes),
        family.authenticated_at,
        list(family.methods),
        family.session_id,
        now,
        expires_at,
        family.jkt,
        list(family.resources),
        family.actor,
        family.api_key_id,
        family.parent_id,
        family.parent_jti,
    )


async def keep_refresh(tx: Tx, family_id: int, sha256: bytes, now: datetime, expires_at: datetime) -> Standing:
    """Stores a refresh token and keeps its family at least as long; tells how its person stands, who is at hand."""
    row = await tx.fetchrow(
        f"""with kept as (
            insert into refresh_tokens (sha256, family_id, created_at, expires_at) values ($2, $1, $3, $4)
        ) update token_families f set expires_at = greatest(f.expires_at, $4) from users u
        where f.id = $1 and u.id = f.user_id returning {subjects.COLUMNS}""",  # noqa: S608 - a constant
        family_id,
        sha256,
        now,
        expires_at,
    )
    return subjects.standing(row)


async def present(tx: Tx, sha256: bytes, client_id: str) -> Presented | None:
    """The client's refresh token under its row's lock: of those who present it at once, one goes first."""
    row = await tx.fetchrow(
        """select f.id, f.client_id, f.user_id, f.sub, f.scopes, f.authenticated_at, f.methods, f.session_id,
            f.jkt, f.resources, f.actor, f.api_key_id, f.parent_id, r.expires_at, r.rotated_at, f.revoked_at,
            exists (
                select from users u where u.id = f.user_id and u.deleted_at is null and u.suspended_at is null
            ) as person_lives,
            (select c.version from clients c where c.client_id = $2) as client_version
        from refresh_tokens r join token_families f on f.id = r.family_id
        where r.sha256 = $1 and f.client_id = $2 for update of r, f""",
        sha256,
        client_id,
    )
    if row is None:
        return None
    return Presented(
        family=_family(row),
        expires_at=row["expires_at"],
        rotated_at=row["rotated_at"],
        revoked_at=row["revoked_at"],
        person_lives=row["person_lives"],
        client_version=row["client_version"] or 0,
    )


async def holding(tx: Tx, sha256: bytes) -> Family | None:
    """The family of a refresh token, whatever has become of both."""
    row = await tx.fetchrow(
        """select f.id, f.client_id, f.user_id, f.sub, f.scopes, f.authenticated_at, f.methods, f.session_id,
            f.jkt, f.resources, f.actor, f.api_key_id, f.parent_id
        from refresh_tokens r join token_families f on f.id = r.family_id where r.sha256 = $1""",
        sha256,
    )
    return None if row is None else _family(row)


async def find(tx: Tx, family_id: int) -> Family | None:
    row = await tx.fetchrow(
        """select id, client_id, user_id, sub, scopes, authenticated_at, methods, session_id, jkt, resources, actor,
            api_key_id, parent_id
        from token_families where id = $1""",
        family_id,
    )
    return None if row is None else _family(row)


async def living(db: Database, sha256: bytes, client_id: str, now: datetime) -> Row | None:
    """A refresh token that its client could use now: sub, scopes, created_at, expires_at, client_version."""
    return await db.fetchrow(
        """select f.sub, f.scopes, r.created_at, r.expires_at,
            (select c.version from clients c where c.client_id = $2) as client_version
        from refresh_tokens r join token_families f on f.id = r.family_id join users u on u.id = f.user_id
        where r.sha256 = $1 and f.client_id = $2 and r.expires_at > $3 and r.rotated_at is null
            and f.revoked_at is null and u.deleted_at is null and u.suspended_at is null""",
        sha256,
        client_id,
        now,
    )


async def rotate(tx: Tx, sha256: bytes, now: datetime) -> None:
    """Retires a refresh token that `present` has locked."""
    await tx.execute("update refresh_tokens set rotated_at = $2 where sha256 = $1", sha256, now)


async def revoke(tx: Tx, family_id: int, because: Because, now: datetime) -> bool:
    """Whether it was living."""
    ended = await tx.fetchval(
        """update token_families set revoked_at = $3, revoked_because = $2 where id = $1 and revoked_at is null
        returning true""",
        family_id,
        because,
        now,
    )
    return ended is not None


async def revoke_all(tx: Tx, user_id: int, because: Because, now: datetime) -> list[Family]:
    """Those of a person that were living."""
    rows = await tx.fetch(
        """update token_families set revoked_at = $3, revoked_because = $2
        where user_id = $1 and revoked_at is null and expires_at > $3
        returning id, client_id, user_id, sub, scopes, authenticated_at, methods, session_id, jkt, resources, actor,
            api_key_id, parent_id""",
        user_id,
        because,
        now,
    )
    return [_family(row) for row in rows]


async def revoke_of_scope(tx: Tx, user_id: int, client_id: str, scope: str, now: datetime) -> list[Family]:
    """Those of a person at an application that carry the scope and were living."""
    rows = await tx.fetch(
        """update token_families set revoked_at = $4, revoked_because = 'consent_withdrawn'
        where user_id = $1 and client_id = $2 and scopes && $3::text[] and revoked_at is null and expires_at > $4
        returning id, client_id, user_id, sub, scopes, authenticated_at, methods, session_id, jkt, resources, actor,
            api_key_id, parent_id""",
        user_id,
        client_id,
        list(names_of(scope)),
        now,
    )
    return [_family(row) for row in rows]


async def revoke_of_sessions(tx: Tx, sids: Sequence[bytes], because: Because, now: datetime) -> list[Family]:
    """Those that began in these sessions and were living."""
    rows = await tx.fetch(
        """update token_families set revoked_at = $3, revoked_because = $2
        where session_id = any ($1::bytea[]) and revoked_at is null and expires_at > $3
        returning id, client_id, user_id, sub, scopes, authenticated_at, methods, session_id, jkt, resources, actor,
            api_key_id, parent_id""",
        list(sids),
        because,
        now,
    )
    return [_family(row) for row in rows]


def _family(row: Row) -> Family:
    return Family(
        id=row["id"],
        client_id=row["client_id"],
        user_id=row["user_id"],
        sub=row["sub"],
        scopes=tuple(row["scopes"]),
        authenticated_at=row["authenticated_at"],
        methods=tuple(row["methods"]),
        session_id=row["session_id"],
        jkt=row["jkt"],
        resources=tuple(row["resources"]),
        actor=row["actor"],
        api_key_id=row["api_key_id"],
        parent_id=row["parent_id"],
    )
