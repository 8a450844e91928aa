"""Applications and events for delivery's tests."""

import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts import ids
from contracts.applications import Application
from contracts.events.auth import UserUnlinked
from contracts.principal import Client
from contracts.questions.delivery import SigningSecrets
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
    return UserUnlinked(client_ids=client_ids, sub="42", canonical_sub="42", **{**given, **changes})


def a_client(app: Application, **changes: Any) -> Client:
    given = {"client_id": app.client_id, "application_id": app.id, "status": app.status}
    return Client(**{**given, **changes})


async def known(ground: Ground, app: Application) -> SigningSecrets:
    """The application as registry tells of it; answers the secrets that were made."""
    async with ground.db.transaction() as tx:
        return await follow.apply(ground, tx, app)


async def accepted(ground: Ground, event: UserUnlinked) -> None:
    """The event as auth's log brings it."""
    async with ground.db.transaction() as tx:
        await accept.event(ground, tx, event)
