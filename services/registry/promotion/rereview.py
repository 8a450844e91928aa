"""Changes of a promoted app that ask for a second look (registry.md 14.2), and those that end an open request."""

from urllib.parse import urlsplit

from chassis.postgres import Tx
from contracts.applications import Application
from services.registry import audit
from services.registry.applications.change import Also, subject
from services.registry.applications.store import Stored
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.promotion import store
from services.registry.risk import store as risk
from services.registry.risk.score import score


def reasons(before: Application, after: Application) -> list[str]:
    """Why a reviewer should look again; a new path on an approved host is no reason."""
    if before.tier != "production" or after.status != "approved":
        return []
    waiting = {entry.uri for entry in before.redirect_uris if entry.state == "pending_review"}
    found = {
        "new_host": any(entry.state == "pending_review" and entry.uri not in waiting for entry in after.redirect_uris),
        "wider_scope": not set(after.allowed_scopes) <= set(before.allowed_scopes),
        "name_changed": before.name != after.name,
        "webhook_host_changed": _host(before.webhook_url) != _host(after.webhook_url),
    }
    return [name for name, holds in found.items() if holds]


def noting(ground: Ground, caller: Caller) -> Also:
    """What follows an edit: a second look, or the end of a request whose external URIs have gone."""

    async def noted(tx: Tx, before: Stored, after: Stored) -> None:
        why = reasons(before.application, after.application)
        if why:
            now = ground.clock.now()
            await store.look_again(tx, after.application.id, caller.user_id, why, now)
            about = await risk.circumstances(tx, after, now)
            await store.rate(tx, after.application.id, score(after.application, after.risk, about))
        elif (before.application.status, after.application.status) == ("pending", "sandbox"):
            await _cancelled(ground, tx, caller, after)

    return noted


def cancelling(ground: Ground, caller: Caller) -> Also:
    """What follows a deletion."""

    async def cancelled(tx: Tx, _: Stored, after: Stored) -> None:
        await _cancelled(ground, tx, caller, after)

    return cancelled


async def _cancelled(ground: Ground, tx: Tx, caller: Caller, stored: Stored) -> None:
    number = await store.cancel_open(tx, stored.application.id)
    if number is not None:
        at = ground.clock.now()
        await audit.record(tx, caller, "promotion.cancelled", subject(stored), {"request": number}, at=at)


def _host(url: str | None) -> str | None:
    return None if url is None else urlsplit(url).hostname
