"""Organisations and memberships in Postgres."""

from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Tx

OrganizationRole = Literal["owner", "admin", "developer"]


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: int
    slug: str
    role: OrganizationRole


async def lock_developer(tx: Tx, user_id: int) -> datetime | None:
    """Takes the developer's row until the transaction ends; returns when the account was created, if known."""
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
        insert into developer_organizations (slug, name, personal_of, created_at) values ($1, 'Personal org', $2, $3)
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
