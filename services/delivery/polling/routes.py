"""`GET /api/v1/events`."""

from typing import Any

from litestar import Request, Response
from litestar.params import FromQuery

from chassis import web
from chassis.web import Given
from services.delivery.caller import confidential
from services.delivery.ground import Ground
from services.delivery.polling import read
from services.delivery.polling.read import EventPage


@web.get("/api/v1/events", credentials=("client",), rate="events")
async def list_events(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    since: FromQuery[str | None] = None,
    limit: FromQuery[int] = read.DEFAULT_LIMIT,
    event_type: FromQuery[str | None] = None,
) -> Response[EventPage]:
    """The events of this application after `since`, in the order in which they occurred."""
    client = confidential(request)
    page = await read.events(ground, client.client_id, since, limit, event_type)
    return Response(page, headers={"cache-control": "no-store"})


ROUTES = [list_events]
