"""An app cannot tell whether it is served directly or over NATS, and neither can its callers."""

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from litestar import Litestar, MediaType, Request, Response, delete, get, head, post
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Stream

PRINCIPAL = b"\x81\xa4kind\xa9anonymous"


@get("/cookies")
async def cookies() -> Response[None]:
    return Response(None, cookies=[Cookie("a", value="1", httponly=True), Cookie("b", value="2", secure=True)])


@get("/stream")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number};"

    return Stream(chunks(), media_type=MediaType.TEXT)


@head("/head")
async def only_head() -> Response[None]:
    return Response(None, headers={"etag": '"1"'})


@get("/things/{name:str}")
async def thing(name: FromPath[str], q: FromQuery[str] = "") -> dict[str, str]:
    return {"name": name, "q": q}


@post("/form")
async def form(data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> dict[str, str]:
    return data


@post("/digest")
async def digest(request: Request[Any, Any, Any]) -> str:
    return hashlib.sha256(await request.body()).hexdigest()


@get("/away", status_code=302)
async def away() -> Redirect:
    return Redirect("https://rp.test/cb?code=1&state=%2F")


@get("/caller")
async def caller(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {
        "client": request.client.host if request.client else None,
        "url": str(request.url),
        "principal": request.scope["state"]["principal"].hex(),  # type: ignore[typeddict-item] # ours
        "headers": [value for name, value in request.headers.multi_items() if name == "x-twice"],
    }


@delete("/gone", status_code=204)
async def gone() -> None:
    return None


@get("/crash")
async def crash() -> None:
    raise ValueError("the password is swordfish")


@pytest.fixture(scope="module")
def app() -> Litestar:
    """One of everything that services do with HTTP."""
    handlers = [cookies, stream, only_head, thing, form, digest, away, caller, gone, crash]
    return Litestar(handlers, openapi_config=None, logging_config=None, request_max_body_size=None, debug=False)


async def test_each_cookie_is_set(client_for: Any, app: Litestar) -> None:
    """Repeated Set-Cookie headers stay separate."""
    response = await (await client_for(app)).get("/cookies")
    assert ["a=1", "b=2"] == sorted(value.split(";")[0] for value in response.headers.get_list("set-cookie"))


async def test_a_stream_is_whole(client_for: Any, app: Litestar) -> None:
    """All chunks, in order, with the media type."""
    response = await (await client_for(app)).get("/stream")
    assert ("0;1;2;", True) == (response.text, response.headers["content-type"].startswith("text/plain"))


async def test_head_has_headers_and_no_body(client_for: Any, app: Litestar) -> None:
    """RFC 9110 section 9.3.2."""
    response = await (await client_for(app)).head("/head")
    assert (200, '"1"', b"") == (response.status_code, response.headers["etag"], response.content)


async def test_paths_and_queries_are_decoded_once(client_for: Any, app: Litestar) -> None:
    """Spaces, percent signs, plus signs and other alphabets."""
    response = await (await client_for(app)).get("/things/%ED%95%9C%20%2525?q=a%2Bb+c%26d")
    assert {"name": "한 %25", "q": "a+b c&d"} == response.json()


async def test_a_form_is_read(client_for: Any, app: Litestar) -> None:
    """As every sign-in page sends it."""
    response = await (await client_for(app)).post("/form", data={"email": "a@b.test", "note": "ä & ü"})
    assert (201, {"email": "a@b.test", "note": "ä & ü"}) == (response.status_code, response.json())


@pytest.mark.parametrize("size", [0, 1, 2 * 1024 * 1024])
async def test_a_body_arrives_whole(client_for: Any, app: Litestar, size: int) -> None:
    """Empty, tiny, or larger than a frame."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    response = await (await client_for(app)).post("/digest", content=body)
    assert hashlib.sha256(body).hexdigest() == response.text


async def test_a_redirect_is_handed_on(client_for: Any, app: Litestar) -> None:
    """Status and Location as the app wrote them."""
    response = await (await client_for(app)).get("/away")
    assert (302, "https://rp.test/cb?code=1&state=%2F") == (response.status_code, response.headers["location"])


async def test_the_app_knows_its_caller(client_for: Any, app: Litestar) -> None:
    """Address, URL, principal and repeated request headers."""
    client = await client_for(app, principal=PRINCIPAL)
    response = await client.get("/caller", headers=[("X-Twice", "1"), ("X-Twice", "2")])
    assert {
        "client": "192.0.2.7",
        "url": "http://localhost:8000/caller",
        "principal": PRINCIPAL.hex(),
        "headers": ["1", "2"],
    } == response.json()


async def test_no_content_is_no_content(client_for: Any, app: Litestar) -> None:
    """204 with an empty body."""
    response = await (await client_for(app)).delete("/gone")
    assert (204, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("POST", "/cookies", 405)])
async def test_what_the_app_does_not_have(client_for: Any, app: Litestar, method: str, path: str, status: int) -> None:
    """The app's own refusals pass through."""
    assert status == (await (await client_for(app)).request(method, path)).status_code


async def test_a_crash_is_a_500_that_tells_nothing(client_for: Any, app: Litestar) -> None:
    """The framework answers its handlers' mistakes without their words."""
    response = await (await client_for(app)).get("/crash")
    assert (500, False) == (response.status_code, "swordfish" in response.text)
