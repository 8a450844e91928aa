"""Takes over what registry says of an application: by question, by event, or by snapshot, the newest version wins."""

from collections.abc import Sequence

import msgspec

from chassis.events import Heard, frames
from chassis.postgres import Database, Tx
from contracts.applications import Application
from contracts.events.registry import ApplicationEvent, news
from contracts.questions.auth import Applied, ClientApply
from services.auth.clients import store
from services.auth.tokens import revoke

KEY_DIGITS = 19
"""Registry's snapshot has applications under their ids, padded so that keys sort as numbers do."""


async def application(tx: Tx, app: Application) -> int:
    """Upserts the record if it is newer and returns the version held.

    A deleted application's grants and tokens end with it and do not come back, and a restored one's end even where
    nothing was heard of its deletion (registry.md 6.2).
    """
    taken = await store.upsert(tx, app)
    restored = taken.before is not None and app.generation > taken.before
    if taken.version == app.version and (app.deleted_at is not None or restored):
        await revoke.all_of_client(tx, app.client_id)
    return taken.version


class Answers:
    """What auth answers to registry, which waits for it before it answers its own caller."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def apply(self, question: ClientApply) -> Applied:
        async with self._db.transaction() as tx:
            return Applied(await application(tx, question.application))


async def events(tx: Tx, heard: Sequence[Heard]) -> None:
    """The same changes once more, through the outbox: one statement finds that they are no news."""
    told: list[ApplicationEvent] = [one.event for one in heard]
    for app in news(told, await store.versions(tx, [event.application.client_id for event in told])):
        await application(tx, app)


class Copy:
    """The snapshot's side: see chassis.events.rebuild.Replica."""

    kind = "application"

    async def keys(self, tx: Tx) -> Sequence[str]:
        return [f"{number:0{KEY_DIGITS}d}" for number in await store.keys(tx)]

    async def distrust(self, tx: Tx) -> None:
        await store.distrust(tx)

    async def apply(self, tx: Tx, record: frames.Record) -> None:
        await application(tx, msgspec.json.decode(record.payload, type=Application))

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        for client_id in await store.entomb(tx, [int(key) for key in keys]):
            await revoke.all_of_client(tx, client_id)
