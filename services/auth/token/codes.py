"""Authorization codes in Postgres, under their SHA-256."""

from datetime import datetime

import msgspec

from chassis.postgres import Tx
from services.auth.tokens.families import Family


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code with all it is bound to."""

    family: Family
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    claims: tuple[str, ...] = ()
    """What the ID token is to say of the granted scopes (OpenID Connect Core 5.5)."""
    expires_at: datetime
    jkt: str | None = None
    """The DPoP key that the code was asked for with (RFC 9449 section 10)."""
    consumed_at: datetime | None = None
    person_lives: bool = True
    client_version: int = 0
    """The version of the client's record at the moment the code was taken."""


async def insert(tx: Tx, sha256: bytes, code: Code, now: datetime) -> None:
    await tx.execute(
        """insert into authorization_codes (sha256, family_id, client_id, user_id, sub, redirect_uri, scopes, nonce,
            code_challenge, authenticated_at, methods, session_id, created_at, expires_at, claims,
            jkt, resources)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)""",
        sha256,
        code.family.id,
        code.family.client_id,
        code.family.user_id,
        code.family.sub,
        code.redirect_uri,
        list(code.family.scopes),
        code.nonce,
        code.code_challenge,
        code.family.authenticated_at,
        list(code.family.methods),
        code.family.session_id,
        now,
        code.expires_at,
        list(code.claims),
        code.jkt,
        list(code.family.resources),
    )


async def take(tx: Tx, sha256: bytes, client_id: str) -> Code | None:
    """The client's code under its row's lock: of those who present it at once, one goes first."""
    row = await tx.fetchrow(
        """select a.family_id, a.client_id, a.user_id, a.sub, a.redirect_uri, a.scopes, a.nonce, a.code_challenge,
            a.authenticated_at, a.methods, a.session_id, a.claims, a.jkt, a.resources,
            a.expires_at, a.consumed_at,
            exists (
                select from users u where u.id = a.user_id and u.deleted_at is null and u.suspended_at is null
            ) as person_lives,
            (select c.version from clients c where c.client_id = $2) as client_version
        from authorization_codes a where a.sha256 = $1 and a.client_id = $2 for update of a""",
        sha256,
        client_id,
    )
    if row is None:
        return None
    family = Family(
        id=row["family_id"],
        client_id=row["client_id"],
        user_id=row["user_id"],
        sub=row["sub"],
        scopes=tuple(row["scopes"]),
        authenticated_at=row["authenticated_at"],
        methods=tuple(row["methods"]),
        session_id=row["session_id"],
        resources=tuple(row["resources"]),
    )
    return Code(
        family=family,
        redirect_uri=row["redirect_uri"],
        nonce=row["nonce"],
        code_challenge=row["code_challenge"],
        claims=tuple(row["claims"]),
        jkt=row["jkt"],
        expires_at=row["expires_at"],
        consumed_at=row["consumed_at"],
        person_lives=row["person_lives"],
        client_version=row["client_version"] or 0,
    )


async def consume(tx: Tx, sha256: bytes, now: datetime) -> None:
    """Spends a code that `take` has locked."""
    await tx.execute("update authorization_codes set consumed_at = $2 where sha256 = $1", sha256, now)
