"""A page of an application's events, strictly after its cursor (delivery.md 7)."""

from datetime import timedelta

import msgspec

from chassis.problems import InvalidRequest, Problem
from contracts.ids import EVENT_ID
from services.delivery.ground import Ground
from services.delivery.polling import store

DEFAULT_LIMIT, MOST = 100, 1000
PAGE_BYTES = 4 * 1024 * 1024
"""A page ends at its limit or here, whichever comes first."""

WITHOUT_CURSOR = timedelta(minutes=60)

TYPES = frozenset(
    {
        "user.deleted",
        "user.unlinked",
        "consent.revoked",
        "token.revoked",
        "user.merged",
        "user.grants_revoked",
        "webhook_key.compromised",
    }
)


class InvalidCursor(Problem):
    status, code = 400, "invalid_cursor"
    default_detail = "`since` is no event of this application."


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """`events` are the very bytes that are pushed; `next_cursor` is the next `since`."""

    events: list[msgspec.Raw]
    next_cursor: str | None
    has_more: bool


async def events(ground: Ground, client_id: str, since: str | None, limit: int, event_type: str | None) -> EventPage:
    """Raises InvalidRequest and InvalidCursor; a limit above the most is the most."""
    if limit < 1:
        raise InvalidRequest("`limit` is at least 1.")
    types = _types(event_type)
    after = await _after(ground, client_id, since)
    rows = await store.page(ground.db, client_id, after, types, min(limit, MOST) + 1)
    kept = _fitting(rows[: min(limit, MOST)])
    cursor = kept[-1].event_id if kept else since or await store.newest_id(ground.db, client_id)
    return EventPage(
        events=[msgspec.Raw(row.raw_payload) for row in kept], next_cursor=cursor, has_more=len(kept) < len(rows)
    )


async def _after(ground: Ground, client_id: str, since: str | None) -> int:
    if since is None:
        return await store.first_since(ground.db, client_id, ground.clock.now() - WITHOUT_CURSOR)
    if not EVENT_ID.fullmatch(since):
        raise InvalidRequest("`since` is not an event id.")
    found = await store.sequence_of(ground.db, client_id, since)
    if found is None:
        raise InvalidCursor
    return found


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
