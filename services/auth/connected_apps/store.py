"""What a person's grants look like to them: the grant, and the name that the application has today."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from chassis.postgres import Database, Tx


class ConnectedApp(msgspec.Struct, frozen=True, kw_only=True):
    client_id: str
    name: str
    logo_url: str | None
    scopes: tuple[str, ...]
    connected_at: datetime
    acting: tuple[str, ...] = ()
    """Names of applications that act in the person's name with a token that this one holds (RFC 8693)."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A grant in the hand of whoever changes it."""

    id: int
    client_id: str
    sub: str
    scopes: tuple[str, ...]


async def of_person(db: Database, user_id: int, now: datetime) -> list[ConnectedApp]:
    """The latest first. An application that registry has deleted is listed still, so that its grant can be ended."""
    rows = await db.fetch(
        """select g.client_id, coalesce(c.record->>'name', g.client_id) as name, c.record->>'logo_url' as logo_url,
            g.scopes, g.created_at as connected_at, array(
                select distinct coalesce(a.record->>'name', f.actor)
                from token_families f join token_families parent on parent.id = f.parent_id
                left join clients a on a.client_id = f.actor
                where f.user_id = g.user_id and f.revoked_at is null and f.expires_at > $2 and f.actor is not null
                    and parent.client_id = g.client_id and parent.revoked_at is null
                    and not exists (select from revoked_tokens r where r.jti = f.parent_jti)
                order by 1
            ) as acting
        from grants g left join clients c on c.client_id = g.client_id
        where g.user_id = $1 order by g.created_at desc, g.client_id limit 1000""",
        user_id,
        now,
    )
    return [msgspec.convert(dict(row), ConnectedApp) for row in rows]


async def sub_at(tx: Tx, user_id: int, client_id: str) -> str | None:
    """Who the person is to this application; holds the grant until the transaction ends."""
    sub: str | None = await tx.fetchval(
        "select sub from grants where user_id = $1 and client_id = $2 for update", user_id, client_id
    )
    return sub


async def held(tx: Tx, user_id: int, client_id: str | None = None) -> list[Held]:
    """The person's grants, or the one of an application; held until the transaction ends, always in one order."""
    rows = await tx.fetch(
        """select id, client_id, sub, scopes from grants
        where user_id = $1 and ($2::text is null or client_id = $2) order by client_id for update""",
        user_id,
        client_id,
    )
    return [msgspec.convert(dict(row), Held) for row in rows]


async def narrow(tx: Tx, grant: Held, remaining: Collection[str], now: datetime) -> None:
    await tx.execute("update grants set scopes = $2, updated_at = $3 where id = $1", grant.id, list(remaining), now)


async def forget(tx: Tx, grants: Collection[Held]) -> None:
    await tx.execute("delete from grants where id = any ($1::bigint[])", [grant.id for grant in grants])
