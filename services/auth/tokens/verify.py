"""Is this access token good, and whose is it: signature, claims, then one look at what may have ended it early."""

from typing import Any
from uuid import UUID

import msgspec

from chassis.postgres import Database, Row
from contracts.principal import AccessToken, Refused
from services.auth.ground import Ground
from services.auth.tokens import families, jwt, mint


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str
    exp: int
    jti: UUID
    scope: str | None = None
    client_id: str | None = None


async def access_token(ground: Ground, token: str) -> AccessToken | Refused:
    """Either issuer's tokens count (rulings.md 13); an ID token is never taken for an access token."""
    try:
        found = await jwt.read(ground.ring, token)
        claims = msgspec.convert(found.claims, _Claims)
    except (jwt.Unreadable, msgspec.ValidationError):
        return Refused(why="malformed")
    if claims.iss not in {ground.issuer, f"{ground.issuer}/oidc"} or not _is_access(found.typ, claims):
        return Refused(why="malformed")
    if claims.exp <= ground.clock.now().timestamp():
        return Refused(why="expired")
    client_id = claims.client_id or claims.aud
    row = await _ends(ground.db, claims.jti, client_id)
    return _refusal(claims.jti, row) or _principal(claims, client_id, row)


def _is_access(typ: str, claims: _Claims) -> bool:
    if typ == mint.OWN:
        return claims.scope is not None and claims.client_id is None
    return typ == mint.RESOURCE and claims.client_id is not None


async def _ends(db: Database, jti: UUID, client_id: str) -> Row:
    """Everything that ends a token before its time, in one statement."""
    row = await db.fetchrow(
        """select f.user_id, f.revoked_at, u.role, u.identity_verified_level,
            u.id is not null and u.deleted_at is null and u.suspended_at is null as person_lives,
            c.client_id is not null and c.deleted_at is null and c.record->>'status' <> 'suspended' as client_lives,
            exists (select from revoked_tokens where jti = $1) as taken_back
        from (values (1)) as one
        left join token_families f on f.id = $2
        left join users u on u.id = f.user_id
        left join clients c on c.client_id = $3""",
        jti,
        families.family_of(jti),
        client_id,
    )
    if row is None:
        raise RuntimeError("a select without a condition gave no row")
    return row


def _refusal(jti: UUID, row: Row) -> Refused | None:
    if not row["client_lives"]:
        return Refused(why="client_inactive")
    if row["taken_back"]:
        return Refused(why="revoked")
    if families.family_of(jti) is None:
        return None
    if row["user_id"] is None or row["revoked_at"] is not None:
        return Refused(why="revoked")
    return None if row["person_lives"] else Refused(why="user_inactive")


def _principal(claims: _Claims, client_id: str, row: Row) -> AccessToken:
    person: dict[str, Any] = {}
    if row["user_id"] is not None:
        person = {
            "user_id": row["user_id"],
            "role": row["role"],
            "identity_verified_level": row["identity_verified_level"],
        }
    return AccessToken(
        sub=claims.sub,
        client_id=client_id,
        jti=str(claims.jti),
        scopes=tuple((claims.scope or "").split()),
        audience=claims.aud,
        **person,
    )
