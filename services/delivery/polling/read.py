"""A page of an application's events, strictly after its cursor (delivery.md 7)."""

from datetime import UTC, datetime, timedelta

import msgspec

from chassis import metrics
from chassis.problems import InvalidRequest, Problem
from contracts.events.catalogue import PUBLIC
from contracts.ids import EVENT_ID
from services.delivery.ground import Ground
from services.delivery.polling import store
from services.delivery.polling.store import Reached
from services.delivery.polling.wake import Waiting
from services.delivery.retention.purge import KEPT

DEFAULT_LIMIT, MOST = 100, 1000
PAGE_BYTES = 4 * 1024 * 1024
"""A page ends at its limit or here, whichever comes first."""

WITHOUT_CURSOR = timedelta(minutes=60)
LONGEST_WAIT = 30

TYPES = frozenset(PUBLIC) - {"webhook.test"}

_polled = metrics.counter("delivery.events.polled", description="Events that polls were answered with.")

_CALENDAR = datetime.max.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
_CROCKFORD = {char: value for value, char in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


class InvalidCursor(Problem):
    status, code = 400, "invalid_cursor"
    default_detail = "`since` is no event of this application."


class CursorExpired(Problem):
    status, code = 410, "cursor_expired"
    default_detail = "`since` is older than what is kept; catch up by tier 3 and go on from `oldest_cursor`."


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """`events` are the very bytes that are pushed; `next_cursor` is the next `since`."""

    events: list[msgspec.Raw]
    next_cursor: str | None
    has_more: bool


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query as it came; `wait` is in seconds."""

    since: str | None = None
    limit: int = DEFAULT_LIMIT
    event_type: str | None = None
    wait: int = 0


async def events(ground: Ground, client_id: str, asked: Asked, waiting: Waiting | None = None) -> EventPage:
    """Raises InvalidRequest, InvalidCursor and CursorExpired; a limit above the most is the most.

    With `waiting`, an empty page waits for the first event, for `asked.wait` seconds at most.
    """
    if asked.limit < 1:
        raise InvalidRequest("`limit` is at least 1.")
    if not 0 <= asked.wait <= LONGEST_WAIT:
        raise InvalidRequest(f"`wait` is 0 to {LONGEST_WAIT} seconds.")
    types = _types(asked.event_type)
    after = await _after(ground, client_id, asked.since)
    limit = min(asked.limit, MOST)
    rows, after = await _look(ground, client_id, after, types, limit)
    if not rows and asked.wait and waiting is not None:
        async for _ in waiting.turns(client_id, asked.wait):
            rows, after = await _look(ground, client_id, after, types, limit)
            if rows:
                break
    kept = _fitting(rows[:limit])
    _polled.add(len(kept))
    return EventPage(
        events=[msgspec.Raw(row.raw_payload) for row in kept],
        next_cursor=kept[-1].event_id if kept else after.event_id,
        has_more=len(kept) < len(rows),
    )


async def _look(
    ground: Ground, client_id: str, after: Reached, types: list[str] | None, limit: int
) -> tuple[list[store.Logged], Reached]:
    """What comes after a place, and where a reader stands who finds nothing there.

    A filter that lets nothing through moves on, so that what it has passed over is not read again each time.
    """
    end = after if types is None else await store.end(ground.db, client_id)
    rows = await store.page(ground.db, client_id, after.sequence, types, limit + 1)
    return rows, after if rows or end.sequence <= after.sequence else end


async def _after(ground: Ground, client_id: str, since: str | None) -> Reached:
    now = ground.clock.now()
    if since is None:
        return await store.before(ground.db, client_id, now - WITHOUT_CURSOR)
    if not EVENT_ID.fullmatch(since):
        raise InvalidRequest("`since` is not an event id.")
    found = await store.at(ground.db, client_id, since)
    if found is not None:
        return found
    # The row is gone, so only the id can tell whether it was one of ours that is past its time.
    if made_at(since) < now - KEPT:
        raise CursorExpired(oldest_cursor=await store.oldest_id(ground.db, client_id))
    raise InvalidCursor


def made_at(event_id: str) -> datetime:
    """When an event id was made: the first 48 bits of its ULID are milliseconds, which outlast the calendar."""
    milliseconds = 0
    for char in event_id.removeprefix("evt_")[:10]:
        milliseconds = milliseconds << 5 | _CROCKFORD[char]
    return datetime(1970, 1, 1, tzinfo=UTC) + min(timedelta(milliseconds=milliseconds), _CALENDAR)


def _types(event_type: str | None) -> list[str] | None:
    if event_type is None:
        return None
    types = [name.strip() for name in event_type.split(",")]
    unknown = [name for name in types if name not in TYPES]
    if unknown:
        raise InvalidRequest(f"There is no event type {unknown[0][:60]!r}.")
    return types


def _fitting(rows: list[store.Logged]) -> list[store.Logged]:
    size = 0
    kept: list[store.Logged] = []
    for row in rows:
        size += len(row.raw_payload)
        if kept and size > PAGE_BYTES:
            break
        kept.append(row)
    return kept
