"""What verifier keeps of registry's applications, by their events and by the snapshot of a rebuild."""

from collections.abc import Sequence

import msgspec

from chassis.events import Heard, Record
from chassis.postgres import Tx
from contracts.applications import Application
from contracts.events.registry import ApplicationEvent, news
from services.verifier.ground import Ground
from services.verifier.health import follow as health
from services.verifier.health import store as healths
from services.verifier.redirect_uris import follow as checks
from services.verifier.redirect_uris import store as checked

KEY_DIGITS = 19
"""Registry's snapshot has applications under their ids, padded so that keys sort as numbers do."""


class Copy:
    """The event's side and the snapshot's (chassis.events.rebuild.Replica)."""

    kind = "application"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def on_events(self, tx: Tx, heard: Sequence[Heard]) -> None:
        told: list[ApplicationEvent] = [one.event for one in heard]
        for app in news(told, await healths.versions(tx, [event.application.id for event in told])):
            await self._take(tx, app)

    async def keys(self, tx: Tx) -> Sequence[str]:
        return [f"{number:0{KEY_DIGITS}d}" for number in await healths.living(tx)]

    async def distrust(self, tx: Tx) -> None:
        await healths.distrust(tx)
        await checked.distrust(tx)

    async def apply(self, tx: Tx, record: Record) -> None:
        await self._take(tx, msgspec.json.decode(record.payload, type=Application))

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        for key in keys:
            await health.bury(self._ground, tx, int(key))
            await checked.bury(tx, int(key))

    async def _take(self, tx: Tx, app: Application) -> None:
        """The health check waits for registry's question with its secret: one made here would be shown to nobody."""
        await checks.application(tx, app)
        await health.apply(self._ground, tx, app)
