"""Pages of applications, newest first, by keyset on the id; the page faces fetch late."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from chassis.postgres import Database, Tx
from services.registry.applications.store import SELECT, Stored, read


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """All that are given must hold."""

    environment: str | None = None
    status: str | None = None
    tier: str | None = None
    organization: str | None = None
    trashed: bool = False


class Key(NamedTuple):
    """An application and the state it is in. `told`: whether its risk flags are for this reader (registry.md 15.10)."""

    id: int
    version: int
    uses: int
    told: bool


_LAST = 2**63 - 1
"""Above every id."""


def _pages(condition: str) -> str:
    """The index of each organisation gives its newest, the merge the page; `condition` is that index's own.

    `-id` is that index's second column (migration 0011): by `id` the planner may choose the primary key's.
    """
    return f"""
        select p.id, p.version, p.uses, p.told from memberships m
        cross join lateral (
            select i.id, i.version, i.uses,
                m.role <> 'developer' or i.registered_by is not distinct from m.user_id as told
            from applications i
            where i.organization_id = m.organization_id and {condition}
                and -i.id > -coalesce($2::bigint, {_LAST})
                and ($4::text is null or i.environment = $4) and ($5::text is null or i.status = $5)
                and ($6::text is null or i.tier = $6)
            order by -i.id limit $7::bigint + $8::bigint
        ) p
        where m.user_id = $1 and ($3::text is null
            or m.organization_id = (select id from developer_organizations where slug = $3))
        order by p.id desc limit $7 offset $8
    """


_LIVING = _pages("i.deleted_at is null")
_TRASHED = _pages("i.deleted_at is not null")


async def of_member(
    db: Database, user_id: int, wanted: Filters, before: int | None, limit: int, skipped: int = 0
) -> list[Key]:
    """The applications of all organisations of one person."""
    values = (
        user_id,
        before,
        wanted.organization,
        wanted.environment,
        wanted.status,
        wanted.tier,
        limit,
        skipped,
    )
    rows = await db.fetch(_TRASHED, *values) if wanted.trashed else await db.fetch(_LIVING, *values)
    return [Key(*row) for row in rows]


async def one_of_member(db: Database, user_id: int, application_id: int) -> Key | None:
    """None for one that is trashed or somebody else's."""
    row = await db.fetchrow(
        """
        select a.id, a.version, a.uses, m.role <> 'developer' or a.registered_by is not distinct from m.user_id as told
        from applications a
        join memberships m on m.organization_id = a.organization_id and m.user_id = $2
        where a.id = $1 and a.deleted_at is null
        """,
        application_id,
        user_id,
    )
    return None if row is None else Key(*row)


async def many(db: Database, application_ids: Sequence[int]) -> list[Stored]:
    """Trashed ones included."""
    rows = await db.fetch(SELECT + "where a.id = any($1::bigint[])", application_ids)
    return [read(row) for row in rows]


async def search(
    db: Database, text: str | None, status: str | None, flag: str | None, before: int | None, limit: int
) -> list[Stored]:
    """For administrators: by name, client_id, organisation or redirect URI; trashed ones included."""
    rows = await db.fetch(
        SELECT
        + """
        where ($1::bigint is null or a.id < $1) and ($2::text is null or a.status = $2)
            and ($3::text is null
                or a.creation_risk_flags -> 'flags' @> jsonb_build_array(jsonb_build_object('code', $3)))
            and ($4::text is null or strpos(lower(a.name), lower($4)) > 0 or a.client_id = $4 or o.slug = $4
                or exists (select from redirect_uris s
                    where s.application_id = a.id and strpos(lower(s.uri), lower($4)) > 0))
        order by a.id desc limit $5
        """,
        before,
        status,
        flag,
        text,
        limit,
    )
    return [read(row) for row in rows]


async def living(tx: Tx, organization_id: int) -> list[int]:
    """The applications of one organisation that are not in the trash, in the order in which they are to be locked."""
    rows = await tx.fetch(
        "select id from applications where organization_id = $1 and deleted_at is null order by id", organization_id
    )
    return [row["id"] for row in rows]
