"""The producer's answers: what stands in the log, and what its records are now."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
from nats.aio.client import Client

from chassis.events import frames, outbox
from chassis.events.frames import Events, EventsAsked, Record, Snapshot, SnapshotAsked
from chassis.postgres import Database
from chassis.problems import InvalidRequest, NotFound
from chassis.wire import asking

SLOTS = 4
"""Pages read at a time: a crowd of listeners that catch up must not take the pool from requests."""

Q = TypeVar("Q", bound=msgspec.Struct)

Records = Callable[[str, int], Awaitable[Sequence[Record]]]
"""`records(after, limit)`: the owner's records with a key after `after`, by ascending key, deleted ones left out."""


class Replay:
    """Answers for one producer; `snapshots` names the kinds of records that others may copy."""

    def __init__(
        self, db: Database, service: str, snapshots: Mapping[str, Records] | None = None, *, shard: str = "0"
    ) -> None:
        self._db, self._service, self._shard = db, service, shard
        self._snapshots = dict(snapshots or {})
        self._answering: list[asking.Answering] = []

    async def start(self, nc: Client) -> None:
        """Answers both questions from now on, until `drain`."""
        answers = {"events": _framed(EventsAsked, self.events), "snapshot": _framed(SnapshotAsked, self.snapshot)}
        for name, answer in answers.items():
            self._answering.append(await asking.Answering(nc, self._service, name, answer, SLOTS).start())

    async def drain(self) -> None:
        await asyncio.gather(*(answering.drain() for answering in self._answering))

    async def events(self, asked: EventsAsked) -> Events:
        """A page of the log. The head is read first, so that nothing newer than it can be missing from the page."""
        head = await outbox.head(self._db)
        origin = frames.origin(self._service, self._shard, head.epoch)
        # Positions of another epoch say nothing about this one.
        known = asked.origin in {"", origin}
        limit = min(max(asked.limit, 1), frames.PAGE_EVENTS)
        page = await outbox.read_after(self._db, origin, asked.after, limit) if known else []
        return Events(origin, head.began, head.oldest, head.newest, page)

    async def snapshot(self, asked: SnapshotAsked) -> Snapshot:
        """A page of the records of a kind. Raises NotFound for a kind that is not offered."""
        records = self._snapshots.get(asked.kind)
        if records is None:
            raise NotFound(f"no snapshot of {asked.kind}")
        limit = min(max(asked.limit, 1), frames.PAGE_EVENTS)
        head = await outbox.head(self._db)
        found = await records(asked.after, limit + 1)
        page = _fitting(found[:limit])
        origin = frames.origin(self._service, self._shard, head.epoch)
        return Snapshot(origin, page, more=len(page) < len(found))


def _framed(kind: type[Q], answer: Callable[[Q], Awaitable[msgspec.Struct]]) -> asking.Answer:
    async def answered(frame: bytes) -> bytes:
        try:
            asked = msgspec.msgpack.decode(frame, type=kind)
        except msgspec.MsgspecError as error:
            raise InvalidRequest("This question cannot be read.") from error
        return msgspec.msgpack.encode(await answer(asked))

    return answered


def _fitting(records: Sequence[Record]) -> list[Record]:
    """As many as frames.PAGE_BYTES allows, and at least one."""
    page: list[Record] = []
    size = 0
    for record in records:
        if page and size + len(record.payload) > frames.PAGE_BYTES:
            break
        page.append(record)
        size += len(record.payload)
    return page
