"""Keeps the copy of applications true, and gives each its first secrets the moment it is heard of."""

from collections.abc import Sequence

import msgspec

from chassis.events import Heard, Record
from chassis.postgres import Tx
from contracts.applications import Application
from contracts.events.registry import ApplicationEvent, news
from contracts.questions.delivery import EndpointApply, SigningSecrets
from services.delivery.endpoints import store
from services.delivery.ground import Ground
from services.delivery.keys import secrets
from services.delivery.keys import store as keys


async def apply(ground: Ground, tx: Tx, app: Application) -> SigningSecrets:
    """Takes a newer record and makes the secrets that are missing; answers those it made, which nobody shows again.

    A record that is no news was taken with its secrets: by the question, when its event comes.
    """
    if not await store.upsert(tx, app) or app.deleted_at is not None:
        return SigningSecrets()
    return await secure(ground, tx, app.client_id)


async def secure(ground: Ground, tx: Tx, client_id: str) -> SigningSecrets:
    """Sees to it that an application has what its webhooks are signed with; answers what it had to make."""
    now, kid = ground.clock.now(), secrets.new_kid()
    signing, webhook = secrets.new_signing_secret(), secrets.new_webhook_secret()
    made, made_older = await keys.issue_first(tx, ground.vault, client_id, kid, (signing, webhook), now)
    return SigningSecrets(
        kid=kid if made else None,
        signing_secret=signing.reveal() if made else None,
        webhook_secret=webhook.reveal() if made_older else None,
    )


class Following:
    """The doors by which a record comes: registry's question, its events, and the snapshot of a rebuild."""

    kind = "application"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def answer(self, question: EndpointApply) -> SigningSecrets:
        """Registry asks because something has changed; saving the URL also enables what was disabled."""
        async with self._ground.db.transaction() as tx:
            made = await apply(self._ground, tx, question.application)
            if question.webhook_saved:
                await store.enable(tx, question.application.client_id)
            return made

    async def on_events(self, tx: Tx, heard: Sequence[Heard]) -> None:
        told: list[ApplicationEvent] = [one.event for one in heard]
        for app in news(told, await store.versions(tx, [event.application.client_id for event in told])):
            await apply(self._ground, tx, app)

    async def keys(self, tx: Tx) -> Sequence[str]:
        return await store.keys(tx)

    async def distrust(self, tx: Tx) -> None:
        await store.distrust(tx)

    async def apply(self, tx: Tx, record: Record) -> None:
        await apply(self._ground, tx, msgspec.json.decode(record.payload, type=Application))

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        await store.bury(tx, [int(key) for key in keys])
