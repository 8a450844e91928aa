"""What verifier found out is stamped on the record; asked and announced, the same finding changes nothing twice."""

from datetime import datetime

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.applications import Application, Verification
from contracts.events.registry import VerificationStamped
from services.registry.applications import store
from services.registry.ground import Ground


async def verification(
    ground: Ground, tx: Tx, application_id: int, uri: str, finding: Verification
) -> Application | None:
    """Takes only a newer check of a URI that is still registered; returns the record, None where the app is gone."""
    stored = await store.lock(tx, application_id)
    if stored is None or stored.application.deleted_at is not None:
        return None
    app = stored.application
    uris = tuple(
        msgspec.structs.replace(entry, verification=finding)
        if entry.uri == uri and _newer(finding, entry.verification)
        else entry
        for entry in app.redirect_uris
    )
    if uris == app.redirect_uris:
        return app
    now = ground.clock.now()
    app = msgspec.structs.replace(app, redirect_uris=uris, version=app.version + 1, updated_at=now)
    await store.save(tx, msgspec.structs.replace(stored, application=app))
    await announce(tx, VerificationStamped(event_id=ids.new_event_id(now), occurred_at=now, application=app))
    return app


def _newer(finding: Verification, known: Verification) -> bool:
    if finding.last_checked_at is None:
        return False
    return known.last_checked_at is None or finding.last_checked_at > known.last_checked_at


async def use(tx: Tx, client_id: str, uri: str, at: datetime) -> None:
    """When a redirect URI was last used, as auth reports it now and then; no new version, because nobody acts on it."""
    await store.used(tx, client_id, uri, at)
