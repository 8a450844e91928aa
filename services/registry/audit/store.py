"""The audit log in Postgres: appended to under the head's lock, read in the order of the chain."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec

from chassis.postgres import Database, Row, Tx
from services.registry.audit.entry import Entry

_PAGE = 1000


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A stored entry with its place in the chain; `body` is None once retention has taken it."""

    id: int
    occurred_at: datetime
    actor_type: str
    actor_id: int | None
    organization_id: int | None
    action: str
    target_type: str
    target_id: str | None
    body: str | None
    prev_hash: bytes
    hash: bytes


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """All that are given must hold; `since` is included, `until` is not."""

    organization_id: int | None = None
    actor: int | None = None
    action: str | None = None
    target: str | None = None
    """`application:42`, or the kind alone."""
    since: datetime | None = None
    until: datetime | None = None


async def append(tx: Tx, entry: Entry) -> None:
    body = msgspec.json.encode(entry, order="sorted").decode()
    await tx.execute(
        """
        with place as (
            update audit_head set id = id + 1, previous = hash, hash = sha256(hash || convert_to($1::text, 'UTF8'))
            returning id, previous, hash
        )
        insert into audit_log (id, occurred_at, actor_type, actor_id, organization_id, action, target_type, target_id,
            body, prev_hash, hash)
        select id, $2, $3, $4, $5, $6, $7, $8, $1, previous, hash from place
        """,
        body,
        entry.occurred_at,
        entry.actor_type,
        entry.actor_id,
        entry.organization_id,
        entry.action,
        entry.target_type,
        entry.target_id,
    )


async def search(db: Database, wanted: Filters, before: int | None, limit: int) -> list[Link]:
    """Newest first, by keyset on the id."""
    kind, _, number = (wanted.target or "").partition(":")
    rows = await db.fetch(
        """
        select id, occurred_at, actor_type, actor_id, organization_id, action, target_type, target_id, body, prev_hash,
            hash
        from audit_log
        where ($1::bigint is null or organization_id = $1) and ($2::bigint is null or actor_id = $2)
            and ($3::text is null or action = $3) and ($4::text is null or target_type = $4)
            and ($5::text is null or target_id = $5) and ($6::timestamptz is null or occurred_at >= $6)
            and ($7::timestamptz is null or occurred_at < $7) and ($8::bigint is null or id < $8)
        order by id desc limit $9
        """,
        wanted.organization_id,
        wanted.actor,
        wanted.action,
        kind or None,
        number or None,
        wanted.since,
        wanted.until,
        before,
        limit,
    )
    return [_link(row) for row in rows]


async def chain(tx: Tx) -> AsyncIterator[Link]:
    """Every entry in its order, a page at a time."""
    after = 0
    while True:
        rows = await tx.fetch(
            """
            select id, occurred_at, actor_type, actor_id, organization_id, action, target_type, target_id, body,
                prev_hash, hash
            from audit_log where id > $1 order by id limit $2
            """,
            after,
            _PAGE,
        )
        for row in rows:
            yield _link(row)
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]


async def head(tx: Tx) -> tuple[int, bytes]:
    row = await tx.fetchrow("select id, hash from audit_head")
    if row is None:
        raise LookupError("the head of the audit chain is gone")
    return row["id"], row["hash"]


async def forget(db: Database, before: datetime, limit: int) -> int:
    """Empties entries from before then, the registrations excepted; the links of the chain stay."""
    done = await db.execute(
        """
        update audit_log set body = null where id in (
            select id from audit_log
            where occurred_at < $1 and body is not null and action not like '%.created' order by occurred_at limit $2
        )
        """,
        before,
        limit,
    )
    return int(done.rpartition(" ")[2])


def _link(row: Row) -> Link:
    record: dict[str, Any] = dict(row)
    return Link(**record)
