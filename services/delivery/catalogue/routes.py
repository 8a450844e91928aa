"""`GET /api/v1/events/catalogue`."""

from litestar import Response

from chassis import web
from services.delivery.catalogue import describe
from services.delivery.catalogue.describe import Catalogue


@web.get("/api/v1/events/catalogue", credentials=("none",), rate="public", cached=True)
async def show_event_catalogue() -> Response[Catalogue]:
    """Every event type with its JSON Schema and an example."""
    return Response(describe.catalogue(), headers={"cache-control": "public, max-age=300"})


ROUTES = [show_event_catalogue]
