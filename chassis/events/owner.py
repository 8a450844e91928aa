"""The producer, as a listener asks it."""

from nats.aio.client import Client

from chassis.events.frames import Events, EventsAsked, Snapshot, SnapshotAsked
from chassis.wire import questions

TIMEOUT_SECONDS = 5.0


class Owner:
    """Both questions raise the problems of chassis.wire: NoInstance, DeadlinePassed."""

    def __init__(self, nc: Client, asker: str, owner: str) -> None:
        self._nc, self._asker, self._owner = nc, asker, owner

    async def events(self, origin: str, after: int) -> Events:
        question = EventsAsked(owner=self._owner, origin=origin, after=after)
        return await questions.ask(self._nc, self._asker, question, TIMEOUT_SECONDS)

    async def snapshot(self, kind: str, after: str) -> Snapshot:
        question = SnapshotAsked(owner=self._owner, kind=kind, after=after)
        return await questions.ask(self._nc, self._asker, question, TIMEOUT_SECONDS)
