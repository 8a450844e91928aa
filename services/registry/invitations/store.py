"""Invitations in Postgres; of a token only its digest."""

from datetime import datetime
from typing import Literal

import msgspec

from chassis.postgres import Database, Row, Tx
from services.registry.organizations.store import OrganizationRole

State = Literal["pending", "accepted", "cancelled", "expired"]

_SELECT = """
select i.id, i.organization_id, o.name as organization, i.email, i.role, i.state, i.invited_by, i.sent_at, i.expires_at
from invitations i join developer_organizations o on o.id = i.organization_id
"""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    organization_id: int
    organization: str
    """Its name."""
    email: str
    role: OrganizationRole
    state: State
    invited_by: int
    sent_at: datetime
    expires_at: datetime

    def state_at(self, now: datetime) -> State:
        return "expired" if self.state == "pending" and self.expires_at <= now else self.state


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    organization_id: int
    email: str
    role: OrganizationRole
    invited_by: int
    token_sha256: bytes
    expires_at: datetime


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """How many mails an organisation has sent lately, and when the last one to an address was."""

    count: int
    last: datetime | None


async def sent(tx: Tx, organization_id: int, email: str, since: datetime) -> Sent:
    """Invitations that were taken back count too."""
    row = await tx.fetchrow(
        """
        select count(*) as count, max(sent_at) filter (where email = $2) as last from invitations
        where organization_id = $1 and sent_at > $3
        """,
        organization_id,
        email,
        since,
    )
    return Sent(**dict(row or {"count": 0, "last": None}))


async def insert(tx: Tx, new: NewInvitation, at: datetime) -> Invitation:
    number = await tx.fetchval(
        """
        insert into invitations (organization_id, email, role, token_sha256, invited_by, created_at, sent_at,
            expires_at)
        values ($1, $2, $3, $4, $5, $6, $6, $7) returning id
        """,
        new.organization_id,
        new.email,
        new.role,
        new.token_sha256,
        new.invited_by,
        at,
        new.expires_at,
    )
    made = await by_id(tx, number)
    if made is None:
        raise LookupError("an invitation that was just written is gone")
    return made


async def renew(tx: Tx, invitation_id: int, token_sha256: bytes, at: datetime, expires_at: datetime) -> None:
    await tx.execute(
        "update invitations set token_sha256 = $2, sent_at = $3, expires_at = $4 where id = $1",
        invitation_id,
        token_sha256,
        at,
        expires_at,
    )


async def end(tx: Tx, invitation_id: int, state: Literal["accepted", "cancelled"]) -> None:
    await tx.execute("update invitations set state = $2 where id = $1", invitation_id, state)


async def cancel_all(tx: Tx, organization_id: int) -> None:
    """Whatever still waits to be accepted there."""
    await tx.execute(
        "update invitations set state = 'cancelled' where organization_id = $1 and state = 'pending'", organization_id
    )


async def forget(tx: Tx, user_id: int) -> None:
    """Invitations to the address of an account that is gone; to be called while the address is still known."""
    await tx.execute(
        """
        delete from invitations
        where lower(email) = (select lower(email) from developers where user_id = $1)
        """,
        user_id,
    )


async def pending(db: Database | Tx, organization_id: int, now: datetime) -> list[Invitation]:
    rows = await db.fetch(
        _SELECT + "where i.organization_id = $1 and i.state = 'pending' and i.expires_at > $2 order by i.id desc",
        organization_id,
        now,
    )
    return [_one(row) for row in rows]


async def by_id(tx: Tx, invitation_id: int) -> Invitation | None:
    row = await tx.fetchrow(_SELECT + "where i.id = $1 for update of i", invitation_id)
    return None if row is None else _one(row)


async def by_token(tx: Tx, token_sha256: bytes) -> Invitation | None:
    row = await tx.fetchrow(_SELECT + "where i.token_sha256 = $1 for update of i", token_sha256)
    return None if row is None else _one(row)


async def address(tx: Tx, user_id: int) -> str | None:
    """The address of an account, as auth announced it."""
    email: str | None = await tx.fetchval("select email from developers where user_id = $1", user_id)
    return email


def _one(row: Row) -> Invitation:
    return Invitation(**dict(row))
