"""What a console's page may rely on: its visitor has a session, and its form came from one of our pages."""

from typing import Any

from litestar import Request, Response

from chassis import web
from chassis.web.console import PAGE, form, texts, visitor
from tests import gateless
from tests.chassis.web.builders import ANYBODY, a_pak, a_session, an_app


@web.get("/cupboard", **PAGE)
async def look(request: Request[Any, Any, Any]) -> dict[str, str | None]:
    """Tells who looks."""
    found = visitor(request)
    return {"sub": found.sub, "csrf_token": found.csrf_token, "email": found.email}


@web.post("/cupboard", **PAGE)
async def fill(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tells what was sent."""
    return Response(texts(await form(request)), status_code=200)


async def test_the_visitor_of_a_page() -> None:
    """A browser's session and nothing else; services that know nobody's address show none."""
    async with gateless.client(an_app(look)) as http:
        seen = await http.get("/cupboard", headers=gateless.as_caller(a_session()))
        assert {"sub": "7", "csrf_token": "csrf_7", "email": None} == seen.json()
        for stranger in (ANYBODY, a_pak()):
            assert 401 == (await http.get("/cupboard", headers=gateless.as_caller(stranger))).status_code


async def test_a_form_of_ours() -> None:
    """The fields without the spaces around them, the last of several; without the session's token nothing at all."""
    me = gateless.as_caller(a_session())
    async with gateless.client(an_app(fill)) as http:
        sent = await http.post("/cupboard", data={"csrf_token": "csrf_7", "cup": ["red ", " blue "]}, headers=me)
        assert {"csrf_token": "csrf_7", "cup": "blue"} == sent.json()
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "csrf_8"}):
            answer = await http.post("/cupboard", data={**token, "cup": "red"}, headers=me)
            assert (403, "csrf_token_missing") == (answer.status_code, answer.json()["error"])
