"""The producer, as a listener asks it; both questions raise the problems of chassis.wire."""

import msgspec
from nats.aio.client import Client

from chassis.events.frames import Events, EventsAsked, Snapshot, SnapshotAsked
from chassis.wire import asking, subjects
from chassis.wire.refusals import AnswerUnreadable

TIMEOUT_SECONDS = 5.0


class Owner:
    """Asked in frames and not in contracts' Questions, whose owner is fixed by their class: here any service may be."""

    def __init__(self, nc: Client, asker: str, owner: str) -> None:
        self._nc, self._asker, self._owner = nc, asker, owner

    async def events(self, origin: str, after: int) -> Events:
        frame = await self._ask("events", EventsAsked(origin, after))
        try:
            return msgspec.msgpack.decode(frame, type=Events)
        except msgspec.MsgspecError as error:
            raise AnswerUnreadable from error

    async def snapshot(self, kind: str, after: str) -> Snapshot:
        frame = await self._ask("snapshot", SnapshotAsked(kind, after))
        try:
            return msgspec.msgpack.decode(frame, type=Snapshot)
        except msgspec.MsgspecError as error:
            raise AnswerUnreadable from error

    async def _ask(self, name: str, question: msgspec.Struct) -> bytes:
        subject = subjects.question(self._owner, name, self._asker)
        return await asking.ask(self._nc, subject, msgspec.msgpack.encode(question), TIMEOUT_SECONDS)
