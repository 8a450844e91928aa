"""Memberships in Postgres, changed under their organisation's lock."""

from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from services.registry.organizations.store import OrganizationRole

_SELECT = """
select m.id, m.organization_id, m.user_id, d.email, m.role, m.joined_at
from memberships m left join developers d on d.user_id = m.user_id
"""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    organization_id: int
    user_id: int
    email: str | None
    role: OrganizationRole
    joined_at: datetime


async def lock(tx: Tx, organization_id: int) -> None:
    """Changes of one organisation's members take turns, so that two of its last owners cannot both go."""
    await tx.execute("select id from developer_organizations where id = $1 for update", organization_id)


async def every(db: Database | Tx, organization_id: int) -> list[Member]:
    rows = await db.fetch(_SELECT + "where m.organization_id = $1 order by m.joined_at, m.id", organization_id)
    return [_member(row) for row in rows]


async def by_id(tx: Tx, membership_id: int) -> Member | None:
    row = await tx.fetchrow(_SELECT + "where m.id = $1", membership_id)
    return None if row is None else _member(row)


async def of_person(tx: Tx, organization_id: int, user_id: int) -> Member | None:
    row = await tx.fetchrow(_SELECT + "where m.organization_id = $1 and m.user_id = $2", organization_id, user_id)
    return None if row is None else _member(row)


async def by_email(tx: Tx, organization_id: int, email: str) -> Member | None:
    row = await tx.fetchrow(
        _SELECT + "where m.organization_id = $1 and lower(d.email) = lower($2)", organization_id, email
    )
    return None if row is None else _member(row)


async def owners(tx: Tx, organization_id: int) -> int:
    return int(
        await tx.fetchval(
            "select count(*) from memberships where organization_id = $1 and role = 'owner'", organization_id
        )
    )


async def add(tx: Tx, organization_id: int, user_id: int, role: str, at: datetime) -> None:
    await tx.execute(
        "insert into memberships (organization_id, user_id, role, joined_at) values ($1, $2, $3, $4)",
        organization_id,
        user_id,
        role,
        at,
    )


async def change(tx: Tx, membership_id: int, role: str) -> None:
    await tx.execute("update memberships set role = $2 where id = $1", membership_id, role)


async def remove(tx: Tx, membership_id: int) -> None:
    await tx.execute("delete from memberships where id = $1", membership_id)


async def remove_person(tx: Tx, user_id: int) -> None:
    """A closed account belongs nowhere but to organisations of it alone, which end with their applications."""
    await tx.execute(
        """
        delete from memberships m where m.user_id = $1 and exists (
            select from memberships x where x.organization_id = m.organization_id and x.user_id <> $1)
        """,
        user_id,
    )


async def hand_over(tx: Tx, of: int, to: int) -> None:
    """Every membership of one person is the other's, by the higher role where both are members."""
    await tx.execute(
        """
        with gone as (delete from memberships where user_id = $1 returning organization_id, role, joined_at)
        insert into memberships as m (organization_id, user_id, role, joined_at)
        select organization_id, $2, role, joined_at from gone
        on conflict (organization_id, user_id) do update set role = excluded.role
        where array_position(array['owner', 'admin', 'developer'], excluded.role)
            < array_position(array['owner', 'admin', 'developer'], m.role)
        """,
        of,
        to,
    )


def _member(row: Row) -> Member:
    return Member(**dict(row))
