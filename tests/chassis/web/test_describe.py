"""What OpenAPI says of a route that its signature does not."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath
from msgspec import Meta

from chassis import web
from chassis.web.describe import Told
from chassis.web.refusals import Refusals


class Cup(msgspec.Struct, kw_only=True):
    colour: Annotated[str, Meta(description="Any.")]
    handles: list[int] = []


@web.post("/cups", credentials=("own",), rate="api", told=Told(form=Cup, answers=(409,)))
async def fill(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Reads its form by hand. 410 where the cup is broken."""
    return Response(await request.body())


@web.get("/cups/{number:int}", credentials=("pak",), rate="none", face="page", told=Told(query=Cup, answers=(302,)))
async def look(number: FromPath[int]) -> Response[bytes]:
    """A page that reads its query by hand."""
    return Response(str(number).encode())


def described() -> dict[str, Any]:
    return web.openapi(web.application("shop", [fill, look], Refusals("http://localhost"), state={}))


def test_a_form_that_is_read_by_hand_is_described() -> None:
    """As a component of its own, of the kind that the route takes."""
    document = described()
    content = document["paths"]["/cups"]["post"]["requestBody"]["content"]
    assert {"application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/Cup"}}} == content
    assert ["colour"] == document["components"]["schemas"]["Cup"]["required"]


def test_a_query_that_is_read_by_hand_is_described() -> None:
    """One parameter for each member, beside those of the path."""
    told = described()["paths"]["/cups/{number}"]["get"]["parameters"]
    assert {("number", "path", True), ("colour", "query", True), ("handles", "query", False)} == {
        (one["name"], one["in"], one["required"]) for one in told
    }


def test_each_way_to_refuse_is_described() -> None:
    """By what the route declares; refusals have the envelope, pages are HTML, redirects say where to."""
    paths = described()["paths"]
    form, page = paths["/cups"]["post"]["responses"], paths["/cups/{number}"]["get"]["responses"]
    assert {"200", "400", "409", "410", "413", "429", "503"} == set(form)
    assert {"200", "302", "400", "401", "403", "404", "503"} == set(page)
    assert {"$ref": "#/components/schemas/Refusal"} == form["409"]["content"]["application/json"]["schema"]
    assert ["text/html"] == list(page["200"]["content"])
    assert "Location" in page["302"]["headers"]
