"""What travels: an event with its place in the log, the relay's beat, and the two questions of replay and rebuild.

Frames are msgpack arrays; fields are added only at the end, with a default (ADR 1).
"""

import msgspec

PAGE_EVENTS = 200
"""Positions a page holds at most, and a listener applies in one transaction."""

PAGE_BYTES = 512 * 1024
"""A page ends after the event that passes this, so that with EVENT_BYTES it fits NATS's 1 MiB."""

EVENT_BYTES = 256 * 1024
"""An event larger than this is refused when it is announced."""


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """An event in its place; `payload` is the JSON as announced, `announced_at` seconds since 1970."""

    origin: str
    position: int
    tag: str
    payload: bytes
    traceparent: str | None
    request_id: str | None
    announced_at: float


class Beat(msgspec.Struct, frozen=True, array_like=True):
    """Said each second by each relay. `published` has been sent; `newest` is numbered; `oldest` can be replayed."""

    origin: str
    oldest: int
    published: int
    newest: int


class Events(msgspec.Struct, frozen=True, array_like=True):
    """The answer: `began` is the last position before this epoch; an empty log has `oldest` = `newest` + 1."""

    origin: str
    began: int
    oldest: int
    newest: int
    events: list[Sent]


class Record(msgspec.Struct, frozen=True, array_like=True):
    """A record as its owner has it now; `payload` is JSON."""

    key: str
    version: int
    payload: bytes


class Snapshot(msgspec.Struct, frozen=True, array_like=True):
    """The answer, in the order of the keys."""

    origin: str
    records: list[Record]
    more: bool


class EventsAsked(msgspec.Struct, frozen=True, array_like=True):
    """The question `events`: what stands after `after`? `origin` is whom the asker follows, or empty."""

    origin: str
    after: int
    limit: int = PAGE_EVENTS


class SnapshotAsked(msgspec.Struct, frozen=True, array_like=True):
    """The question `snapshot`: which records of `kind` have a key after `after`?"""

    kind: str
    after: str = ""
    limit: int = PAGE_EVENTS


def origin(service: str, shard: str, epoch: int) -> str:
    """Whose log it is: a restored database begins a new epoch and thereby a new log."""
    return f"{service}/{shard}@{epoch}"


def beat_subject(service: str) -> str:
    return f"beat.{service}.relay"
