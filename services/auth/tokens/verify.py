"""Is this access token good, and whose is it: signature, claims, then one look at what may have ended it early."""

from typing import Any
from uuid import UUID

import msgspec

from chassis.postgres import Row
from contracts.principal import AccessToken, Refused, Via, Why
from services.auth.ground import Ground
from services.auth.tokens import endings, families, jwt, mint
from services.auth.tokens.claims import Claims


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
        return Refused(why=_unbound(found.claims.jkt, jkt), via=via)
    return _principal(found.claims, found.row, via)


def _unbound(named: str | None, proved: str | None) -> Why:
    """What keeps the key that a token names and the one that was proved from being the same."""
    if named is None:
        return "not_bound_to_a_key"
    return "bound_to_a_key" if proved is None else "bound_to_another_key"


async def look(ground: Ground, token: str, asker: str = "") -> Good | Refused:
    """Either issuer's tokens count (management-api.md section 1); an ID token is never taken for an access token.

    `asker` is the client who asks, if one does: `row` then says its version, and whether it serves the audience.
    """
    claims = await signed(ground, token)
    if claims is None:
        return Refused(why="malformed")
    if claims.exp <= ground.clock.now().timestamp():
        return Refused(why="expired")
    asked = endings.Asked(jti=claims.jti, client=claims.client, audience=claims.aud, asker=asker)
    row = await ground.endings.of(asked)
    return _refusal(claims.jti, row) or Good(claims, row)


async def signed(ground: Ground, token: str) -> Claims | None:
    """What an access token of ours says, whether or not it counts any more."""
    known = ground.remembered.find(token)
    if known is not None and await ground.ring.named(known[0]) is not None:
        return known[1]
    try:
        found = await jwt.read(ground.ring, token)
        claims = msgspec.convert(found.claims, Claims)
    except (jwt.Unreadable, msgspec.ValidationError):
        return None
    ours = claims.iss in {ground.issuer, f"{ground.issuer}/oidc"}
    if not ours or not _is_access(found.typ, claims):
        return None
    ground.remembered.keep(token, found.kid, claims)
    return claims


def _is_access(typ: str, claims: Claims) -> bool:
    if typ == mint.OWN:
        return claims.scope is not None and claims.client_id is None
    return typ == mint.RESOURCE and claims.client_id is not None


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
