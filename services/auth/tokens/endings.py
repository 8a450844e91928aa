"""What ends an access token before its time, read from Postgres: those who ask at one moment share a statement."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from chassis.postgres import Database, Row
from services.auth.together import Together
from services.auth.tokens import families

_SELECT = """
with asked as (
    select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality
        as a (jti, family_id, client_id, audience, asker, place)
)
select f.user_id, f.revoked_at, f.authenticated_at, f.methods, u.role, u.identity_verified_level,
    u.id is not null and u.deleted_at is null and u.suspended_at is null as person_lives,
    c.client_id is not null and c.deleted_at is null and c.record->>'status' <> 'suspended' as client_lives,
    exists (select from revoked_tokens where jti in (a.jti, f.parent_jti)) as taken_back,
    f.parent_id is not null and (parent.id is null or parent.revoked_at is not null) as parent_gone,
    f.api_key_id is not null and (
        k.id is null or k.revoked_at is not null or k.expires_at <= now()
    ) as api_key_gone,
    (select version from clients where client_id = a.asker) as asker_version,
    exists (
        select from resource_servers s join api_resources r on r.id = s.resource_id
        where s.client_id = a.asker and r.indicator = a.audience
    ) as asker_serves
from asked a
left join token_families f on f.id = a.family_id
left join token_families parent on parent.id = f.parent_id
left join api_keys k on k.id = f.api_key_id
left join users u on u.id = f.user_id
left join clients c on c.client_id = a.client_id
order by a.place
"""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A token, by what it says of itself."""

    jti: UUID
    client: str
    audience: str
    asker: str
    """The client who asks about it; empty where none does."""


class Endings:
    """Reads one database. A statement begins after the last of its askers has asked, so nothing it finds is old."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._together: Together[Asked, Row] = Together(self._read)

    async def of(self, asked: Asked) -> Row:
        """What stands about the token, its person, its client and the asker."""
        return await self._together.ask(asked)

    async def _read(self, asked: Sequence[Asked]) -> list[Row]:
        return await self._db.fetch(
            _SELECT,
            [one.jti for one in asked],
            [families.family_of(one.jti) for one in asked],
            [one.client for one in asked],
            [one.audience for one in asked],
            [one.asker for one in asked],
        )
