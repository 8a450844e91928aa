"""`/api/v1/admin/webhook_outbox`: dead letters and all other rows, for administrators; replay needs a nonce."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import FromQuery, JSONBody

from chassis import web
from chassis.problems import InvalidRequest, NotFound
from chassis.web import Given
from chassis.web.numbers import Id, Number
from services.delivery.caller import administrator
from services.delivery.endpoints import store as endpoints
from services.delivery.ground import Ground
from services.delivery.queue import replay, show
from services.delivery.queue.replay import Range
from services.delivery.queue.representation import OutboxDetail, OutboxRows, Replayed
from services.delivery.queue.store import Asked, Queued
from services.delivery.registry import Registry

CALLERS = ("session", "pak")
BASE = "/api/v1/admin/webhook_outbox"


class RetryBody(msgspec.Struct):
    action_request_nonce: str = ""


class RetryRangeBody(msgspec.Struct):
    since: datetime
    until: datetime
    app: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    action_request_nonce: str = ""


@web.get(BASE, credentials=CALLERS, rate="api", scopes=("admin:read",))
async def list_webhook_outbox(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    status: FromQuery[str | None] = None,
    app: Number = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 100,
) -> OutboxRows:
    """Rows of all applications, the newest first; `dead` are the dead letters."""
    administrator(request)
    if status is not None and status not in show.STATUSES:
        raise InvalidRequest(f"`status` is one of {', '.join(show.STATUSES)}.")
    client_id = await _client(ground, app)
    asked = Asked(client_id=client_id, status=status, before=show.cursor_of(cursor), limit=show.limit_of(limit))
    return await show.rows(ground, asked)


@web.get(f"{BASE}/{{row:int}}", credentials=CALLERS, rate="api", scopes=("admin:read",))
async def show_webhook_outbox_row(request: Request[Any, Any, Any], row: Id, ground: Given[Ground]) -> OutboxDetail:
    """One row with its payload and its attempts."""
    administrator(request)
    return await show.of_administrator(ground, row)


@web.post(f"{BASE}/{{row:int}}/retry", credentials=CALLERS, rate="api", scopes=("admin:review",))
async def retry_webhook_outbox_row(
    request: Request[Any, Any, Any],
    row: Id,
    data: JSONBody[RetryBody],
    ground: Given[Ground],
    registry: Given[Registry],
) -> Queued:
    """Sends a dead row again; the nonce is for `webhook_outbox.retry` of its id. 409 `nonce_used`, 409 `not_dead`."""
    return await replay.by_administrator(ground, registry, administrator(request), row, data.action_request_nonce)


@web.post(f"{BASE}/retry", credentials=CALLERS, rate="api", scopes=("admin:review",))
async def retry_webhook_outbox_range(
    request: Request[Any, Any, Any],
    data: JSONBody[RetryRangeBody],
    ground: Given[Ground],
    registry: Given[Registry],
) -> Replayed:
    """Sends all dead rows of a time range again, of one application or of all.

    The nonce is for `webhook_outbox.retry_range` of `<client_id or *> <since> <until>`, times in UTC with Z.
    409 `nonce_used`.
    """
    actor = administrator(request)
    since, until = show.moment_of(data.since), show.moment_of(data.until)
    of = Range(client_id=await _client(ground, data.app), since=since, until=until)
    return Replayed(await replay.dead(ground, registry, actor, of, data.action_request_nonce))


ROUTES = [
    list_webhook_outbox,
    show_webhook_outbox_row,
    retry_webhook_outbox_row,
    retry_webhook_outbox_range,
]


async def _client(ground: Ground, application_id: int | None) -> str | None:
    """Raises NotFound for an application that delivery has never heard of."""
    if application_id is None:
        return None
    found = await endpoints.client_of(ground.db, application_id)
    if found is None:
        raise NotFound
    return found
