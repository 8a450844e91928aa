"""The API resource that an access token of a person is for (RFC 8707): looked up where the token is decided."""

from datetime import timedelta

import msgspec

from chassis.postgres import Database, Tx
from services.auth.token.form import Form
from services.auth.token.refusals import InvalidTarget
from services.auth.tokens.families import Family


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """A resource, and what the person may do there."""

    indicator: str
    lifetime: timedelta
    algorithm: str
    scopes: tuple[str, ...]


async def of(tx: Tx, form: Form, family: Family, scopes: tuple[str, ...]) -> Audience | None:
    """The one that the request names, of those that were granted; none where it names none. Raises InvalidTarget."""
    if not form.resources:
        return None
    if len(form.resources) > 1:
        raise InvalidTarget("Name one resource: each gets a token of its own.")
    if form.resources[0] not in family.resources:
        raise InvalidTarget("The resource was not granted.")
    return await find(tx, form.resources[0], family.user_id, scopes)


async def find(tx: Tx, indicator: str, user_id: int, scopes: tuple[str, ...]) -> Audience:
    """With the scopes that were asked for and that the person's roles give. Raises InvalidTarget."""
    row = await tx.fetchrow(
        """select r.indicator, r.access_token_ttl, r.signing_alg, array(
            select s.name from api_scopes s
            where s.resource_id = r.id and s.name = any ($3::text[]) and exists (
                select from user_roles ur join role_scopes rs on rs.role_id = ur.role_id
                where ur.user_id = $2 and rs.scope_id = s.id
            )
            order by s.name
        ) as scopes
        from api_resources r where r.indicator = $1""",
        indicator,
        user_id,
        list(scopes),
    )
    if row is None:
        raise InvalidTarget
    return Audience(
        indicator=row["indicator"],
        lifetime=timedelta(seconds=row["access_token_ttl"]),
        algorithm=row["signing_alg"],
        scopes=tuple(row["scopes"]),
    )


async def unknown(db: Database, indicators: tuple[str, ...]) -> set[str]:
    """Which of them are no resources of ours; asks nothing about none."""
    if not indicators:
        return set()
    rows = await db.fetch("select indicator from api_resources where indicator = any($1::text[])", list(indicators))
    return set(indicators) - {row["indicator"] for row in rows}
