"""`GET /api/v1/events`."""

from typing import Any

from litestar import Request, Response
from litestar.params import FromQuery

from chassis import web
from chassis.web import Given
from chassis.wire import asgi
from services.delivery.caller import confidential
from services.delivery.ground import Ground
from services.delivery.polling import read
from services.delivery.polling.read import Asked, EventPage
from services.delivery.polling.wake import Wake


@web.get("/api/v1/events", credentials=("client",), rate="events", pool="poll", timeout_ms=40_000)
async def list_events(  # noqa: PLR0913, PLR0917 - one parameter for each of the query
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    wake: Given[Wake],
    since: FromQuery[str | None] = None,
    limit: FromQuery[int] = read.DEFAULT_LIMIT,
    event_type: FromQuery[str | None] = None,
    wait: FromQuery[int] = 0,
) -> Response[EventPage]:
    """The events of this application after `since`, in the order in which they occurred.

    With `wait`, an empty page comes only after so many seconds without any.
    """
    client = confidential(request)
    asked = Asked(since=since, limit=limit, event_type=event_type, wait=wait)
    page = await read.events(ground, client.client_id, asked, wake.until(asgi.exchange(request.scope).ending))
    return Response(page, headers={"cache-control": "no-store"})


ROUTES = [list_events]
