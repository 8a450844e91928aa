"""`GET /api/v1/events`."""

import re
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromQuery, QueryParameter

from chassis import web
from chassis.problems import InvalidRequest
from chassis.web import Given
from chassis.wire import asgi
from services.delivery.caller import confidential
from services.delivery.ground import Ground
from services.delivery.polling import read
from services.delivery.polling.read import Asked, EventPage
from services.delivery.polling.wake import Wake

_NUMBER = re.compile(r"-?[0-9]{1,20}")


def _whole(name: str, least: int, default: int) -> QueryParameter:
    """A number that we read ourselves, described as one."""
    return QueryParameter(name=name, schema_extra={"type": "integer", "minimum": least, "default": default})


@web.get("/api/v1/events", credentials=("client",), rate="events", pool="poll", timeout_ms=40_000)
async def list_events(  # noqa: PLR0913, PLR0917 - one parameter for each of the query
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    wake: Given[Wake],
    since: FromQuery[str | None] = None,
    limit: Annotated[str, _whole("limit", 1, read.DEFAULT_LIMIT)] = str(read.DEFAULT_LIMIT),
    event_type: FromQuery[str | None] = None,
    wait: Annotated[str, _whole("wait", 0, 0)] = "0",
) -> Response[EventPage]:
    """The events of this application after `since`, in the order in which they occurred.

    With `wait`, an empty page comes only after so many seconds without any.
    """
    client = confidential(request)
    if any(len(request.query_params.getall(name)) > 1 for name in request.query_params):
        raise InvalidRequest("A parameter is given twice.")
    asked = Asked(since=since, limit=_number(limit), event_type=event_type, wait=_number(wait))
    page = await read.events(ground, client.client_id, asked, wake.until(asgi.exchange(request.scope).ending))
    return web.Answer(page, headers={"cache-control": "no-store"})


ROUTES = [list_events]


def _number(text: str) -> int:
    """Raises InvalidRequest: what cannot be read is told as what cannot be done is (delivery.md 7.4)."""
    if not _NUMBER.fullmatch(text):
        raise InvalidRequest("`limit` and `wait` are whole numbers.")
    return int(text)
