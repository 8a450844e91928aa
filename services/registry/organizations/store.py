"""Organisations and memberships in Postgres."""

from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Tx

OrganizationRole = Literal["owner", "admin", "developer"]


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: int
    slug: str
    role: OrganizationRole


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation as one of its members sees it."""

    id: int
    slug: str
    name: str
    personal: bool
    created_at: datetime
    role: OrganizationRole


async def lock_developer(tx: Tx, user_id: int) -> datetime | None:
    """Takes the developer's row until the transaction ends; returns when the account was created, if known."""
    row = await tx.fetchrow("select created_at from developers where user_id = $1 for update", user_id)
    if row is None:
        await tx.execute("insert into developers (user_id) values ($1) on conflict (user_id) do nothing", user_id)
        row = await tx.fetchrow("select created_at from developers where user_id = $1 for update", user_id)
    return None if row is None else row["created_at"]


async def upsert_developer(tx: Tx, user_id: int, email: str | None, version: int, created_at: datetime) -> None:
    await tx.execute(
        """
        insert into developers (user_id, email, version, created_at) values ($1, $2, $3, $4)
        on conflict (user_id) do update set email = $2, version = $3, created_at = $4 where developers.version < $3
        """,
        user_id,
        email,
        version,
        created_at,
    )


async def hand_over_apps(tx: Tx, of: int, to: int) -> None:
    """What one person registered counts as registered by the other."""
    await tx.execute("update applications set registered_by = $2 where registered_by = $1", of, to)


async def heard_of(tx: Tx) -> list[int]:
    """Accounts that auth has told of, without those that are gone for good."""
    rows = await tx.fetch("select user_id from developers where created_at is not null order by user_id")
    return [row["user_id"] for row in rows]


async def distrust(tx: Tx) -> None:
    """Whatever version comes next is newer."""
    await tx.execute("update developers set version = 0")


async def entomb(tx: Tx, user_id: int) -> None:
    """Auth has it no more: the row stays as the lock that it is."""
    await tx.execute("update developers set email = null, created_at = null where user_id = $1", user_id)


async def membership(tx: Tx, user_id: int, slug: str) -> Membership | None:
    row = await tx.fetchrow(
        """
        select o.id, o.slug, m.role from developer_organizations o
        join memberships m on m.organization_id = o.id and m.user_id = $1 where o.slug = $2
        """,
        user_id,
        slug,
    )
    return None if row is None else Membership(organization_id=row["id"], slug=row["slug"], role=row["role"])


async def owner_ids(tx: Tx, organization_id: int) -> tuple[int, ...]:
    """Who answers for the organisation's applications, in the order in which they joined."""
    rows = await tx.fetch(
        "select user_id from memberships where organization_id = $1 and role = 'owner' order by joined_at, user_id",
        organization_id,
    )
    return tuple(row["user_id"] for row in rows)


async def ensure_personal(tx: Tx, user_id: int, now: datetime) -> Membership:
    """The developer's own organisation, made at first need; its row lock is the developer's."""
    slug = f"personal-{user_id}"
    found = await membership(tx, user_id, slug)
    if found is not None:
        return found
    organization_id = await tx.fetchval(
        """
        insert into developer_organizations (slug, name, personal_of, founded_by, created_at)
        values ($1, 'Personal org', $2, $2, $3)
        on conflict (slug) do update set slug = excluded.slug returning id
        """,
        slug,
        user_id,
        now,
    )
    await tx.execute(
        """
        insert into memberships (organization_id, user_id, role, joined_at) values ($1, $2, 'owner', $3)
        on conflict do nothing
        """,
        organization_id,
        user_id,
        now,
    )
    return Membership(organization_id=organization_id, slug=slug, role="owner")


async def of_person(db: Database | Tx, user_id: int) -> list[Organization]:
    """The personal one first, then in the order in which they were made."""
    rows = await db.fetch(
        """
        select o.id, o.slug, o.name, o.personal_of is not null as personal, o.created_at, m.role
        from memberships m join developer_organizations o on o.id = m.organization_id
        where m.user_id = $1 order by (o.personal_of = $1) desc nulls last, o.id
        """,
        user_id,
    )
    return [Organization(**dict(row)) for row in rows]


async def founded(tx: Tx, user_id: int) -> int:
    return int(await tx.fetchval("select count(*) from developer_organizations where founded_by = $1", user_id))


async def found(tx: Tx, slug: str, name: str, by: int, at: datetime) -> int:
    """A new organisation with its first owner. Raises asyncpg.UniqueViolationError for a slug that is taken."""
    number: int = await tx.fetchval(
        """
        with made as (
            insert into developer_organizations (slug, name, founded_by, created_at) values ($1, $2, $3, $4)
            returning id
        )
        insert into memberships (organization_id, user_id, role, joined_at) select id, $3, 'owner', $4 from made
        returning organization_id
        """,
        slug,
        name,
        by,
        at,
    )
    return number


async def rename(tx: Tx, organization_id: int, name: str) -> str:
    """Returns the name before."""
    before: str = await tx.fetchval(
        "select name from developer_organizations where id = $1 for update", organization_id
    )
    await tx.execute("update developer_organizations set name = $2 where id = $1", organization_id, name)
    return before


async def alone_in(tx: Tx, user_id: int) -> list[int]:
    """Organisations without any other member, the personal one among them; held until the transaction ends."""
    rows = await tx.fetch(
        """
        select o.id from memberships m join developer_organizations o on o.id = m.organization_id
        where m.user_id = $1 and not exists (
            select from memberships x where x.organization_id = o.id and x.user_id <> $1)
        order by o.id for update of o
        """,
        user_id,
    )
    return [row["id"] for row in rows]


async def forget_developer(tx: Tx, user_id: int) -> None:
    """The copy of the account's record, its memberships and what its registrations left; the audit stays as it is."""
    await tx.execute("update developers set email = null where user_id = $1", user_id)
    await tx.execute("delete from memberships where user_id = $1", user_id)
    await tx.execute("delete from refused_registrations where user_id = $1", user_id)
    await tx.execute("delete from idempotency_keys where user_id = $1", user_id)


async def solely_owned(db: Database | Tx, user_id: int) -> list[str]:
    """Slugs of organisations with other members that would be left without an owner."""
    rows = await db.fetch(
        """
        select o.slug from memberships m join developer_organizations o on o.id = m.organization_id
        where m.user_id = $1 and m.role = 'owner'
            and exists (select from memberships x where x.organization_id = o.id and x.user_id <> $1)
            and not exists (
                select from memberships x where x.organization_id = o.id and x.user_id <> $1 and x.role = 'owner')
        order by o.id
        """,
        user_id,
    )
    return [row["slug"] for row in rows]
