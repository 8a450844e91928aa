"""Applications and events for delivery's tests."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis.events import Heard
from chassis.outbound import Outbound
from contracts import ids
from contracts.applications import Application
from contracts.events import PublicEvent
from contracts.events.auth import UserUnlinked
from contracts.principal import Client, Pak
from contracts.questions.delivery import EndpointApply, SigningSecrets
from services.delivery.dispatch.post import Post
from services.delivery.dispatch.worker import Dispatcher
from services.delivery.endpoints import follow
from services.delivery.fanout import accept
from services.delivery.ground import Ground

_numbers = itertools.count(1)


def an_application(**changes: Any) -> Application:
    now = datetime.now(UTC)
    app = Application(
        id=next(_numbers),
        client_id=ids.new_client_id(),
        version=1,
        name="Acme",
        client_type="confidential",
        token_endpoint_auth_method="client_secret_basic",
        redirect_uris=(),
        allowed_scopes=("openid",),
        status="sandbox",
        created_at=now,
        updated_at=now,
    )
    return msgspec.structs.replace(app, **changes)


def an_event(*client_ids: str, **changes: Any) -> UserUnlinked:
    now = datetime.now(UTC)
    given: dict[str, Any] = {"event_id": ids.new_event_id(now), "occurred_at": now, "unlinked_at": now}
    return UserUnlinked(client_ids=client_ids, **{"sub": "42", "canonical_sub": "42", **given, **changes})


def a_client(app: Application, **changes: Any) -> Client:
    given = {"client_id": app.client_id, "application_id": app.id, "status": app.status}
    return Client(**{**given, **changes})


async def known(ground: Ground, app: Application) -> SigningSecrets:
    """The application as registry tells of it; answers the secrets that were made."""
    async with ground.db.transaction() as tx:
        return await follow.apply(ground, tx, app)


async def accepted(ground: Ground, *events: PublicEvent) -> None:
    """Events as auth's log brings them, in one batch."""
    async with ground.db.transaction() as tx:
        await accept.events(ground, tx, [Heard(event, None) for event in events])


async def saved(ground: Ground, app: Application, *, webhook: bool = True) -> SigningSecrets:
    """The application as registry asks to have it applied, because somebody saved it, its webhook's URL or the rest."""
    return await follow.Following(ground).answer(EndpointApply(application=app, webhook_saved=webhook))


async def a_row(ground: Ground, event_id: str) -> dict[str, Any]:
    """The event's row of the push queue."""
    return dict(await ground.db.fetchrow("select * from webhook_outbox where event_id = $1", event_id) or {})


async def until(ground: Ground, event_id: str, column: str, seconds: float = 30) -> dict[str, Any]:
    """The event's row once that column has a value."""
    async with asyncio.timeout(seconds):
        while not (row := await a_row(ground, event_id)).get(column):
            await asyncio.sleep(0.01)
    return row


@contextlib.asynccontextmanager
async def dispatching(ground: Ground, outbound: Outbound, worker: str = "worker-1") -> AsyncIterator[Dispatcher]:
    """A dispatcher at work, drained at the end."""
    one = Dispatcher(ground, ground.db, Post(outbound, ground.clock, propagate=False), worker, 64)
    task = asyncio.create_task(one.run())
    yield one
    await one.drain()
    await task


def a_person(user_id: int, **changes: Any) -> Pak:
    """A developer's key."""
    given = {"sub": str(user_id), "role": "developer", "identity_verified_level": 1, "pak_id": 1}
    return Pak(**{"user_id": user_id, "scopes": ("apps:read", "apps:manage"), **given, **changes})


def an_admin(user_id: int = 1) -> Pak:
    return a_person(user_id, role="admin", scopes=("admin:read", "admin:review"))


async def audited(ground: Ground, action: str, client_id: str) -> list[dict[str, Any]]:
    rows = await ground.db.fetch("select * from audit where action = $1 and client_id = $2", action, client_id)
    return [dict(row) for row in rows]
