"""How a refusal looks: one envelope, whatever refused."""

import asyncio
from typing import Annotated, Any

import asyncpg
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from chassis import web
from contracts.routes import Face
from tests import gateless
from tests.chassis.telling import logged
from tests.chassis.web.builders import ISSUER, CupTaken, NewCup, a_page, a_route, an_app


def raising(error: Exception, face: Face = "first") -> HTTPRouteHandler:
    @web.get("/cup", credentials=("none",), rate="api", face=face)
    async def hear() -> None:
        """Fails."""
        raise error

    return hear


@web.post("/cups", credentials=("none",), rate="api", body_limit=200)
async def fill(data: JSONBody[NewCup], sugar: Annotated[int, msgspec.Meta(ge=0)] = 0) -> dict[str, Any]:
    """Fills a cup."""
    return {"name": data.name, "sugar": sugar}


async def test_the_envelope() -> None:
    """Code, cause, where to read more, and the request's id; members, fields and headers where the fact has them."""
    taken = CupTaken(fields={"cup": ["taken"]}, headers={"retry-after": "9"}, holder="ann")
    async with gateless.client(an_app(raising(taken))) as http:
        answer = await http.get("/cup", headers={"x-logi-request-id": "req_7"})
    assert (409, "9", "no-store") == (
        answer.status_code,
        answer.headers["retry-after"],
        answer.headers["cache-control"],
    )
    assert {
        "error": "cup_taken",
        "error_description": "Somebody has this cup.",
        "error_uri": f"{ISSUER}/docs/oauth/errors#cup_taken",
        "request_id": "req_7",
        "fields": {"cup": ["taken"]},
        "holder": "ann",
    } == answer.json()


async def test_a_body_of_a_thousand_brackets() -> None:
    """Is the caller's mistake, whether the body or something within it is read."""
    deep = b'{"a":' * 1200 + b"1" + b"}" * 1200

    @web.post("/deep", credentials=("none",), rate="api", body_limit=20_000)
    async def sink(data: JSONBody[NewCup]) -> None:
        """Takes what it can."""

    @web.post("/within", credentials=("none",), rate="api", body_limit=20_000)
    async def within() -> None:
        """Reads JSON that stood inside of something."""
        msgspec.json.decode(deep)

    async with gateless.client(an_app(sink, within)) as http:
        answers = [await http.post(path, content=deep) for path in ("/deep", "/within")]
    assert [(400, "invalid_request")] * 2 == [(one.status_code, one.json()["error"]) for one in answers]


async def test_the_unforeseen_is_blank() -> None:
    """The caller learns an id and nothing else; the log holds the rest under it."""
    with logged() as lines:
        async with gateless.client(an_app(raising(LookupError("sesame")))) as http:
            answer = await http.get("/cup", headers={"x-logi-request-id": "req_7"})
        failed = next(line for line in lines.all() if line["event"] == "request.failed")
    assert (500, {"error", "error_uri", "request_id"}) == (answer.status_code, set(answer.json()))
    assert "sesame" not in answer.text
    assert ("req_7", True) == (failed["request_id"], "sesame" in failed["exception"])


@pytest.mark.parametrize(
    "lost",
    [ConnectionRefusedError(), asyncpg.ConnectionDoesNotExistError("away"), asyncpg.QueryCanceledError("too long")],
)
async def test_a_lost_database_is_a_503(lost: Exception) -> None:
    """While Postgres restarts, or has more to do than its time allows, callers are asked to come again."""
    async with gateless.client(an_app(raising(lost))) as http:
        answer = await http.get("/cup")
    assert (503, "temporarily_unavailable", "1") == (
        answer.status_code,
        answer.json()["error"],
        answer.headers["retry-after"],
    )


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b'{"name": "red", "size": "big"}', 422, "validation_failed"),
        (b'{"name": "red"}', 422, "validation_failed"),
        (b"{", 400, "invalid_request"),
        (b"", 422, "validation_failed"),
        (b'{"name": "' + b"x" * 300 + b'", "size": 1}', 413, "content_too_large"),
    ],
    ids=["wrong type", "missing", "no json", "empty", "too large"],
)
async def test_a_bad_body_is_refused(sent: bytes, status: int, code: str) -> None:
    """What cannot be read is 400, what is not as it should be 422, what is too much 413."""
    async with gateless.client(an_app(fill)) as http:
        answer = await http.post("/cups", content=sent, headers={"content-type": "application/json"})
    assert (status, code) == (answer.status_code, answer.json()["error"])


async def test_no_body_at_all() -> None:
    """It is said that one is needed, in words."""
    async with gateless.client(an_app(fill)) as http:
        answer = await http.post("/cups")
    assert {"body": ["is required"]} == answer.json()["fields"]


async def test_validation_names_the_field() -> None:
    """Each field that is not right stands beside what is wrong with it."""
    async with gateless.client(an_app(fill)) as http:
        answer = await http.post("/cups?sugar=much", json={"name": "red", "size": 1})
    assert (422, {"sugar"}) == (answer.status_code, set(answer.json()["fields"]))


async def test_a_missing_field_is_named() -> None:
    """As its sender calls it, not as the program that reads it does."""
    async with gateless.client(an_app(fill)) as http:
        missing = await http.post("/cups", json={"name": "red"})
        no_object = await http.post("/cups", json=[1])
    assert {"size": ["is required"]} == missing.json()["fields"]
    assert ["body"] == list(no_object.json()["fields"])


async def test_unknown_members_are_passed_over() -> None:
    """A newer client may say more than this release knows."""
    async with gateless.client(an_app(fill)) as http:
        answer = await http.post("/cups", json={"name": "red", "size": 1, "colour": "red"})
    assert 200 == answer.status_code


async def test_unknown_paths_and_methods() -> None:
    """404 and 405 wear the same envelope."""
    async with gateless.client(an_app(a_route("/cups", "none"))) as http:
        nowhere, never = await http.get("/saucers"), await http.delete("/cups")
    assert [(404, "not_found"), (405, "method_not_allowed")] == [
        (answer.status_code, answer.json()["error"]) for answer in (nowhere, never)
    ]
    assert all(answer.json()["error_description"] for answer in (nowhere, never))


async def test_a_page_is_refused_as_a_page() -> None:
    """A route of the face `page` shows its refusal to a person, another route of the same app as JSON."""
    app = an_app(raising(CupTaken(), "page"), a_route("/api/cups", "pak"), page=a_page)
    async with gateless.client(app) as http:
        page, api = await http.get("/cup"), await http.get("/api/cups")
    assert (409, "<p>cup_taken</p>", "text/html") == (
        page.status_code,
        page.text,
        page.headers["content-type"].split(";")[0],
    )
    assert (401, "unauthorized") == (api.status_code, api.json()["error"])


async def test_one_line_tells_the_request() -> None:
    """Method, route, status, outcome and the refusal's code stand in one line with the request's id."""
    with logged() as lines:
        async with gateless.client(an_app(raising(CupTaken()))) as http:
            await http.get("/cup", headers={"x-logi-request-id": "req_7"})
        (line,) = [line for line in lines.all() if line["event"] == "http.server.request"]
    told = {
        "http.request.method": "GET",
        "http.route": "/cup",
        "http.response.status_code": "409",
        "outcome": "refused",
        "error": "cup_taken",
        "request_id": "req_7",
    }
    assert told == {name: line[name] for name in told}


async def test_a_request_that_nobody_waits_for_is_told_as_its_route() -> None:
    """Whose client hung up before the answer counts and is told where it was, like any other."""
    begun = asyncio.Event()

    @web.get("/cup", credentials=("none",), rate="api")
    async def brew() -> None:
        """Takes for ever."""
        begun.set()
        await asyncio.Event().wait()

    with logged() as lines:
        async with gateless.client(an_app(brew)) as http:
            asking = asyncio.create_task(http.get("/cup"))
            await begun.wait()
            asking.cancel()
            await asyncio.wait({asking})
        (line,) = [line for line in lines.all() if line["event"] == "http.server.request"]
    assert ("/cup", "CancelledError") == (line["http.route"], line["error"])
