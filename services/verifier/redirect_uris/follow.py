"""A URI that is taken off an application loses its check: added again, it starts over (verifier.md A6)."""

from chassis.postgres import Tx
from contracts.applications import Application
from services.verifier.redirect_uris import store


async def application(tx: Tx, app: Application) -> None:
    """Hears every change of an application; a deleted one keeps nothing."""
    kept = [] if app.deleted_at is not None else [entry.uri for entry in app.redirect_uris]
    await store.forget(tx, app, kept)
