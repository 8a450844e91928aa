"""Undelivered rows by what they are signed with, and their new signatures; payloads stay as they are."""

from collections.abc import Sequence
from typing import NamedTuple

from chassis.postgres import Tx


class Unsigned(NamedTuple):
    id: int
    raw_payload: bytes


async def by_kid(tx: Tx, client_id: str, kid: str, after: int, most: int) -> list[Unsigned]:
    rows = await tx.fetch(
        """
        select id, raw_payload from webhook_outbox
        where client_id = $1 and id > $3 and delivered_at is null and form = 'outbox' and kid = $2
        order by id limit $4
        """,
        client_id,
        kid,
        after,
        most,
    )
    return [Unsigned(row["id"], row["raw_payload"]) for row in rows]


async def of_older_form(tx: Tx, client_id: str, after: int, most: int) -> list[Unsigned]:
    rows = await tx.fetch(
        """
        select id, raw_payload from webhook_outbox
        where client_id = $1 and id > $2 and delivered_at is null and form = 'legacy' order by id limit $3
        """,
        client_id,
        after,
        most,
    )
    return [Unsigned(row["id"], row["raw_payload"]) for row in rows]


async def sign(tx: Tx, ids: Sequence[int], signatures: Sequence[str], kid: str | None) -> None:
    """`kid` None leaves the row's own: the older form has none."""
    await tx.execute(
        """
        update webhook_outbox o set signature = r.signature, kid = coalesce($3, o.kid)
        from unnest($1::bigint[], $2::text[]) as r(id, signature) where o.id = r.id and o.delivered_at is null
        """,
        list(ids),
        list(signatures),
        kid,
    )
