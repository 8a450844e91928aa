"""Reading the queue: pages for developers and administrators, and one row with all that was tried."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis.problems import InvalidRequest, NotFound
from services.delivery.ground import Ground
from services.delivery.queue import representation, store
from services.delivery.queue.representation import Deliveries, DeliveryDetail, OutboxDetail, OutboxRows
from services.delivery.queue.store import Asked, Queued

MOST = 1000
SHOWN_TO_DEVELOPERS = {"pending": "pending", "retrying": "waiting", "delivered": "delivered", "dead": "dead"}
STATUSES = ("pending", "waiting", "delivered", "dead", "skipped")

_CURSOR = re.compile(r"[0-9]{1,18}")


async def deliveries(ground: Ground, asked: Asked) -> Deliveries:
    """A page for the application's developer, the newest first."""
    rows, cursor = await _page(ground, asked)
    tried = await store.last_attempts(ground.db, [row.id for row in rows])
    return Deliveries([representation.delivery(row, tried.get(row.id)) for row in rows], cursor)


async def rows(ground: Ground, asked: Asked) -> OutboxRows:
    return OutboxRows(*await _page(ground, asked))


async def of_developer(ground: Ground, client_id: str, delivery_id: str) -> DeliveryDetail:
    """Raises NotFound for what is another application's."""
    row = await store.one(ground.db, representation.row_of(delivery_id))
    if row is None or row.client_id != client_id:
        raise NotFound
    attempts = await store.attempts(ground.db, row.id)
    return DeliveryDetail(
        representation.delivery(row, attempts[-1] if attempts else None),
        await _payload(ground, row),
        [representation.attempted(row, each) for each in attempts],
    )


async def of_administrator(ground: Ground, id: int) -> OutboxDetail:  # noqa: A002 - the column's name
    row = await store.one(ground.db, id)
    if row is None:
        raise NotFound
    attempts = await store.attempts(ground.db, row.id)
    return OutboxDetail(row, await _payload(ground, row), [representation.attempted(row, each) for each in attempts])


def cursor_of(cursor: str | None) -> int | None:
    """Raises InvalidRequest."""
    if cursor is None:
        return None
    if not _CURSOR.fullmatch(cursor):
        raise InvalidRequest("`cursor` is none of ours.")
    return int(cursor)


def moment_of(given: datetime) -> datetime:
    """In UTC. Raises InvalidRequest for a time without a zone, and for one that is beyond the calendar there."""
    if given.tzinfo is None:
        raise InvalidRequest("Times need a zone.")
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest("This time is none of our calendar.") from None


def limit_of(limit: int) -> int:
    if limit < 1:
        raise InvalidRequest("`limit` is at least 1.")
    return min(limit, MOST)


async def _page(ground: Ground, asked: Asked) -> tuple[list[Queued], str | None]:
    found = await store.page(ground.db, msgspec.structs.replace(asked, limit=asked.limit + 1))
    kept = found[: asked.limit]
    return kept, str(kept[-1].id) if len(found) > len(kept) else None


async def _payload(ground: Ground, row: Queued) -> dict[str, Any]:
    return msgspec.json.decode(await store.payload(ground.db, row.id) or b"{}", type=dict[str, Any])
