"""Links between accounts in Postgres, what moves along them, and the log of merges."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chassis.postgres import Database, Row, Tx
from contracts.events.auth import MergedVia
from contracts.ids import EventId

_LINK = "id, primary_user_id, linked_user_id, merged_via, idempotency_key, source_event_id, occurred_at"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One account absorbed another."""

    id: int
    primary_user_id: int
    linked_user_id: int
    merged_via: MergedVia
    idempotency_key: str
    source_event_id: EventId
    occurred_at: datetime


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    primary_user_id: int
    linked_user_id: int
    merged_via: MergedVia
    idempotency_key: str
    source_event_id: EventId


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log: who tried to merge whom, how, and what came of it."""

    outcome: str
    merged_via: MergedVia
    requester_id: int | None
    other_id: int | None
    credential: str
    ip: str
    user_agent: str
    request_id: str


async def lock(tx: Tx, *user_ids: int) -> None:
    """Both ends, always in the same order, until the transaction ends (auth.md 6.5)."""
    await tx.execute("select from users where id = any($1::bigint[]) order by id for update", list(user_ids))


async def by_key(tx: Tx, idempotency_key: str) -> Link | None:
    row = await tx.fetchrow(f"select {_LINK} from identity_links where idempotency_key = $1", idempotency_key)
    return None if row is None else _link(row)


async def absorbed_by(on: Tx | Database, user_id: int) -> int:
    """How many accounts this one has absorbed."""
    return int(await on.fetchval("select count(*) from identity_links where primary_user_id = $1", user_id))


async def absorb(tx: Tx, linked: int, primary: int, now: datetime) -> None:
    """Puts an account out of use for good: the database lets no absorbed account be active again."""
    await tx.execute(
        """update users set merged_into = $2, suspended_at = coalesce(suspended_at, $3), version = version + 1,
            updated_at = $3 where id = $1""",
        linked,
        primary,
        now,
    )


async def raise_role(tx: Tx, linked: int, primary: int) -> bool:
    """Whether the survivor is a developer because the absorbed account was one; administrators are made by hand."""
    raised = await tx.fetchval(
        """update users p set role = 'developer', version = p.version + 1 from users l
        where p.id = $2 and l.id = $1 and p.role = 'user' and l.role <> 'user' returning true""",
        linked,
        primary,
    )
    return raised is not None


async def insert(tx: Tx, new: NewLink, now: datetime) -> Link:
    """The database refuses what would make a chain or a circle."""
    row = await tx.fetchrow(
        f"""insert into identity_links
            (primary_user_id, linked_user_id, merged_via, idempotency_key, source_event_id, occurred_at)
        values ($1, $2, $3, $4, $5, $6) returning {_LINK}""",
        new.primary_user_id,
        new.linked_user_id,
        new.merged_via,
        new.idempotency_key,
        new.source_event_id,
        now,
    )
    if row is None:
        raise RuntimeError("an insert without conflict returned nothing")
    return _link(row)


async def acquainted(tx: Tx, user_ids: Sequence[int]) -> dict[str, int]:
    """Every application that one of them has or ever had let in: its number by its client_id.

    Applications that describe themselves at an address have no number and can be sent nothing.
    """
    rows = await tx.fetch(
        """select distinct c.client_id, c.application_id from acquaintances a join clients c using (client_id)
        where a.user_id = any($1::bigint[]) and c.application_id > 0 and c.deleted_at is null order by 1""",
        list(user_ids),
    )
    return {row["client_id"]: row["application_id"] for row in rows}


async def move_grants(tx: Tx, of: int, to: int) -> int:
    """Each keeps its `sub`; where both have let an application in, the grant of `to` stays alone."""
    moved = await tx.fetch(
        """update grants g set user_id = $2 where user_id = $1
            and not exists (select from grants t where t.user_id = $2 and t.client_id = g.client_id)
        returning client_id""",
        of,
        to,
    )
    await tx.execute("delete from grants where user_id = $1", of)
    return len(moved)


async def move_acquaintances(tx: Tx, of: int, to: int) -> None:
    await tx.execute(
        """with gone as (delete from acquaintances where user_id = $1 returning client_id, sub, since)
        insert into acquaintances (user_id, client_id, sub, since) select $2, client_id, sub, since from gone
        on conflict do nothing""",
        of,
        to,
    )


async def move_identities(tx: Tx, of: int, to: int) -> int:
    """Sign-ins at providers where `to` has none; the others stay where they are, and lead to `to` all the same."""
    moved = await tx.fetch(
        """update upstream_identities i set user_id = $2 where user_id = $1
            and not exists (select from upstream_identities t where t.user_id = $2 and t.connector = i.connector)
        returning id""",
        of,
        to,
    )
    return len(moved)


async def note(on: Tx | Database, entry: Entry, now: datetime) -> None:
    """Ids of accounts that are not there are left out."""
    await on.execute(
        """insert into merge_log (at, outcome, merged_via, requester_id, other_id, credential, ip, user_agent,
            request_id)
        values ($1, $2, $3, (select id from users where id = $4), (select id from users where id = $5), $6, $7, $8,
            $9)""",
        now,
        entry.outcome,
        entry.merged_via,
        entry.requester_id,
        entry.other_id,
        entry.credential,
        entry.ip,
        entry.user_agent,
        entry.request_id,
    )


def _link(row: Row) -> Link:
    return msgspec.convert(dict(row), Link)
