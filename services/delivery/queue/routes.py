"""`…/webhook_deliveries`, test sends and what else a developer does about an application's webhooks."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.web.numbers import Id
from services.delivery.caller import Actor, developer
from services.delivery.endpoints import enable
from services.delivery.ground import Ground
from services.delivery.queue import replay, representation, show
from services.delivery.queue.representation import Deliveries, Delivery, DeliveryDetail, Replayed
from services.delivery.queue.store import Asked
from services.delivery.registry import Need, Registry
from services.delivery.trial import send

CALLERS = ("session", "pak", "access_token")
BASE = "/api/v1/applications/{application_id:int}"


class RecoverBody(msgspec.Struct):
    since: datetime
    until: datetime | None = None


class TestSent(msgspec.Struct):
    event_id: str
    delivery_id: str


class Enabled(msgspec.Struct):
    enabled: bool


@web.get(f"{BASE}/webhook_deliveries", credentials=CALLERS, rate="api", scopes=("apps:read",))
async def list_webhook_deliveries(  # noqa: PLR0913, PLR0917 - one parameter for each of the query
    request: Request[Any, Any, Any],
    application_id: Id,
    ground: Given[Ground],
    registry: Given[Registry],
    status: FromQuery[str | None] = None,
    event_type: Annotated[str | None, QueryParameter(name="type")] = None,
    since: Annotated[datetime | None, QueryParameter(name="from")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 100,
) -> Deliveries:
    """The application's webhooks, the newest first, each with its latest attempt."""
    _, client_id = await _allowed(request, registry, application_id, "read")
    asked = Asked(
        client_id=client_id,
        status=_status(status),
        event_type=event_type,
        since=None if since is None else show.moment_of(since),
        until=None if until is None else show.moment_of(until),
        before=show.cursor_of(cursor),
        limit=show.limit_of(limit),
    )
    return await show.deliveries(ground, asked)


@web.get(f"{BASE}/webhook_deliveries/{{delivery_id:str}}", credentials=CALLERS, rate="api", scopes=("apps:read",))
async def show_webhook_delivery(
    request: Request[Any, Any, Any],
    application_id: Id,
    delivery_id: FromPath[str],
    ground: Given[Ground],
    registry: Given[Registry],
) -> DeliveryDetail:
    """One webhook with its payload and every attempt."""
    _, client_id = await _allowed(request, registry, application_id, "read")
    return await show.of_developer(ground, client_id, delivery_id)


@web.post(
    f"{BASE}/webhook_deliveries/{{delivery_id:str}}/redeliver",
    credentials=CALLERS,
    rate="api",
    scopes=("apps:manage",),
)
async def redeliver_webhook(
    request: Request[Any, Any, Any],
    application_id: Id,
    delivery_id: FromPath[str],
    ground: Given[Ground],
    registry: Given[Registry],
) -> Delivery:
    """Sends a dead webhook again, as if it were new. 409 `not_dead`, 409 `endpoint_disabled`."""
    actor, client_id = await _allowed(request, registry, application_id, "manage")
    row = await replay.by_developer(ground, actor, client_id, representation.row_of(delivery_id))
    return representation.delivery(row, None)


@web.post(f"{BASE}/webhook_deliveries/recover", credentials=CALLERS, rate="api", scopes=("apps:manage",))
async def recover_webhooks(
    request: Request[Any, Any, Any],
    application_id: Id,
    data: JSONBody[RecoverBody],
    ground: Given[Ground],
    registry: Given[Registry],
) -> Replayed:
    """Sends again all that did not arrive since then, events that were never attempted included.

    409 `endpoint_disabled`.
    """
    actor, client_id = await _allowed(request, registry, application_id, "manage")
    until = None if data.until is None else show.moment_of(data.until)
    return Replayed(await replay.recover(ground, actor, client_id, show.moment_of(data.since), until))


@web.post(f"{BASE}/webhook_test", credentials=CALLERS, rate="api", scopes=("apps:manage",), status_code=202)
async def send_webhook_test(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> TestSent:
    """Sends `webhook.test` to this application, once; ten an hour. Its outcome is in the deliveries.

    409 `endpoint_disabled`.
    """
    actor, client_id = await _allowed(request, registry, application_id, "manage")
    sent = await send.test(ground, actor, client_id)
    return TestSent(sent.event_id, f"dlv_{sent.row}")


@web.post(f"{BASE}/webhook_enable", credentials=CALLERS, rate="api", scopes=("apps:manage",))
async def enable_webhook(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], registry: Given[Registry]
) -> Enabled:
    """Pushes again to an endpoint that was disabled because it was gone or did nothing but fail."""
    actor, client_id = await _allowed(request, registry, application_id, "manage")
    return Enabled(await enable.endpoint(ground, actor, client_id))


ROUTES = [
    list_webhook_deliveries,
    show_webhook_delivery,
    redeliver_webhook,
    recover_webhooks,
    send_webhook_test,
    enable_webhook,
]


async def _allowed(
    request: Request[Any, Any, Any], registry: Registry, application_id: int, need: Need
) -> tuple[Actor, str]:
    """Whose application it is, is registry's to know."""
    actor = developer(request)
    app = await registry.application(actor.user_id, application_id, need)
    return actor, app.client_id


def _status(status: str | None) -> str | None:
    known = {**show.SHOWN_TO_DEVELOPERS, "skipped": "skipped"}
    if status is not None and status not in known:
        raise InvalidRequest(f"`status` is one of {', '.join(known)}.")
    return None if status is None else known[status]
