"""Is this access token good, and whose is it: signature, claims, then one look at what may have ended it early."""

from typing import Any
from uuid import UUID

import msgspec

from chassis.postgres import Database, Row
from contracts.principal import AccessToken, Refused, Via
from services.auth.ground import Ground
from services.auth.tokens import families, jwt, mint


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says of itself."""

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    jti: UUID
    scope: str | None = None
    client_id: str | None = None
    cnf: dict[str, str] | None = None
    act: dict[str, str] | None = None

    @property
    def jkt(self) -> str | None:
        """The key that it is bound to."""
        return None if self.cnf is None else self.cnf.get("jkt")

    @property
    def client(self) -> str:
        """Whom it was issued to: a token for the client itself names it as its audience."""
        return self.client_id or self.aud


class Good(msgspec.Struct, frozen=True):
    """A token that counts, with what Postgres knew of it and of `asker`."""

    claims: Claims
    row: Row


async def access_token(ground: Ground, token: str, jkt: str | None = None) -> AccessToken | Refused:
    """Whose token this is, for the gateway and for userinfo.

    `jkt` is the key that was proved beside it: a bound token counts with its own key alone, and a bearer token with
    none (RFC 9449 section 7.1).
    """
    found = await look(ground, token)
    via: Via = "bearer" if jkt is None else "dpop"
    if isinstance(found, Refused):
        return Refused(why=found.why, via=via)
    if found.claims.jkt != jkt:
        return Refused(why="malformed", via=via)
    return _principal(found.claims, found.row, via)


async def look(ground: Ground, token: str, asker: str = "") -> Good | Refused:
    """Either issuer's tokens count (management-api.md section 1); an ID token is never taken for an access token.

    `asker` is the client who asks, if one does: `row` then says its version, and whether it serves the audience.
    """
    claims = await signed(ground, token)
    if claims is None:
        return Refused(why="malformed")
    if claims.exp <= ground.clock.now().timestamp():
        return Refused(why="expired")
    row = await _ends(ground.db, claims, asker)
    return _refusal(claims.jti, row) or Good(claims, row)


async def signed(ground: Ground, token: str) -> Claims | None:
    """What an access token of ours says, whether or not it counts any more."""
    try:
        found = await jwt.read(ground.ring, token)
        claims = msgspec.convert(found.claims, Claims)
    except (jwt.Unreadable, msgspec.ValidationError):
        return None
    ours = claims.iss in {ground.issuer, f"{ground.issuer}/oidc"}
    return claims if ours and _is_access(found.typ, claims) else None


def _is_access(typ: str, claims: Claims) -> bool:
    if typ == mint.OWN:
        return claims.scope is not None and claims.client_id is None
    return typ == mint.RESOURCE and claims.client_id is not None


async def _ends(db: Database, claims: Claims, asker: str) -> Row:
    """Everything that ends a token before its time, in one statement."""
    row = await db.fetchrow(
        """select f.user_id, f.revoked_at, u.role, u.identity_verified_level,
            u.id is not null and u.deleted_at is null and u.suspended_at is null as person_lives,
            c.client_id is not null and c.deleted_at is null and c.record->>'status' <> 'suspended' as client_lives,
            exists (select from revoked_tokens where jti in ($1, f.parent_jti)) as taken_back,
            f.parent_id is not null and (parent.id is null or parent.revoked_at is not null) as parent_gone,
            f.api_key_id is not null and (
                k.id is null or k.revoked_at is not null or k.expires_at <= now()
            ) as api_key_gone,
            (select version from clients where client_id = $4) as asker_version,
            exists (
                select from resource_servers s join api_resources r on r.id = s.resource_id
                where s.client_id = $4 and r.indicator = $5
            ) as asker_serves
        from (values (1)) as one
        left join token_families f on f.id = $2
        left join token_families parent on parent.id = f.parent_id
        left join api_keys k on k.id = f.api_key_id
        left join users u on u.id = f.user_id
        left join clients c on c.client_id = $3""",
        claims.jti,
        families.family_of(claims.jti),
        claims.client,
        asker,
        claims.aud,
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
    if row["user_id"] is None or row["revoked_at"] is not None or row["parent_gone"] or row["api_key_gone"]:
        return Refused(why="revoked")
    return None if row["person_lives"] else Refused(why="user_inactive")


def _principal(claims: Claims, row: Row, via: Via) -> AccessToken:
    person: dict[str, Any] = {}
    if row["user_id"] is not None:
        person = {
            "user_id": row["user_id"],
            "role": row["role"],
            "identity_verified_level": row["identity_verified_level"],
        }
    return AccessToken(
        sub=claims.sub,
        client_id=claims.client,
        jti=str(claims.jti),
        scopes=tuple((claims.scope or "").split()),
        audience=claims.aud,
        via=via,
        **person,
    )
