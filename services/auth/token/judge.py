"""What client_credentials asks of Postgres: one statement for all who ask at once checks the client's version, finds
the scopes that its roles give it, and writes the log.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.postgres import Database
from services.auth.token.log import Caller


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as the statement takes it."""

    client_id: str
    version: int
    resource: str
    scopes: str | None
    """Separated by spaces; None asks for all that the client holds."""
    granted: bool
    """Whether the grant is one of the client's; a resource that is open to clients does not ask for it."""
    caller: Caller
    jti: UUID


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What the statement found."""

    current: bool
    """Whether the client's record is still the one that the request was judged by."""
    open: bool
    """Whether the resource is open to every confidential client."""
    indicator: str | None
    lifetime: int
    algorithm: str
    scopes: tuple[str, ...]


_JUDGE = """
with asked as (
    select * from unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::boolean[]) with ordinality
        as a (jti, client_id, version, resource, wanted, ip, user_agent, request_id, granted, place)
), judged as (
    select a.jti, a.client_id, a.resource, a.ip, a.user_agent, a.request_id, a.granted, a.place,
        coalesce(r.open_to_clients, false) as open,
        coalesce(c.version = a.version, false) as current, r.indicator, r.access_token_ttl, r.signing_alg,
        array(
            select s.name from api_scopes s
            where s.resource_id = r.id and (a.wanted is null or s.name = any (string_to_array(a.wanted, ' ')))
                and (r.open_to_clients or exists (
                    select from application_roles ar join role_scopes rs on rs.role_id = ar.role_id
                    where ar.client_id = a.client_id and rs.scope_id = s.id
                ))
            order by s.name
        ) as scopes
    from asked a
    left join clients c on c.client_id = a.client_id
    left join api_resources r on r.indicator = a.resource
), logged as (
    insert into token_log (at, id, grant_type, client_id, outcome, jti, sub, resource, scopes, ip, user_agent,
        request_id, error)
    select $1, gen_random_uuid(), 'client_credentials', client_id, 'issued', jti, client_id, resource, scopes, ip,
        user_agent, request_id, null
    from judged where current and indicator is not null and (granted or open)
)
select current, open, indicator, access_token_ttl, signing_alg, scopes from judged order by place
"""


async def judge(db: Database, now: datetime, asked: Sequence[Asked]) -> list[Judged]:
    """One round trip for all of `asked`; answers in their order."""
    rows = await db.fetch(
        _JUDGE,
        now,
        [one.jti for one in asked],
        [one.client_id for one in asked],
        [one.version for one in asked],
        [one.resource for one in asked],
        [one.scopes for one in asked],
        [one.caller.ip for one in asked],
        [one.caller.user_agent for one in asked],
        [one.caller.request_id for one in asked],
        [one.granted for one in asked],
    )
    return [
        Judged(
            current=row["current"],
            open=row["open"],
            indicator=row["indicator"],
            lifetime=row["access_token_ttl"] or 0,
            algorithm=row["signing_alg"] or "",
            scopes=tuple(row["scopes"]),
        )
        for row in rows
    ]
