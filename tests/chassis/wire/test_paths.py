"""What the gateway matched raw is what the app routes on decoded."""

import pytest

from chassis.problems import Problem
from chassis.wire import paths
from chassis.wire.call import Caller
from tests.chassis.wire.builders import a_request, answer, served


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (b"/", "/"),
        (b"/a/b", "/a/b"),
        (b"/a/", "/a/"),
        (b"/a%20b", "/a b"),
        (b"/a%2Fb", "/a%2Fb"),
        (b"/a%2fb%2Fc", "/a%2fb%2Fc"),
        (b"/%ED%95%9C", "/한"),
        (b"/.well-known/x", "/.well-known/x"),
        (b"/a..b/c.", "/a..b/c."),
        (b"/a%", "/a%"),
        (b"/a;b", "/a;b"),
    ],
)
def test_all_but_the_slash_is_decoded(raw: bytes, decoded: str) -> None:
    """An encoded slash never becomes a separator; everything else is decoded once."""
    assert decoded == paths.decode(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"a",
        b"*",
        b"/.",
        b"/..",
        b"/a/../b",
        b"/a/./b",
        b"/%2e%2e/a",
        b"/.%2E/a",
        b"/a/%2e",
        b"/a%2F..%2Fb",
        b"/..%2fb",
        b"/..;/a",
        b"/..;x=1/a",
        b"//a",
        b"/a//b",
        b"/a\\b",
        b"/a%5Cb",
        b"/a%5c..%5cb",
        b"/a%00",
        b"/a\x00",
        b"/%FF",
        b"/a%C3",
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_refused(raw: bytes) -> None:
    """Dot segments, empty segments, backslashes, NUL and broken UTF-8, plain or encoded."""
    with pytest.raises(paths.PathRefused):
        paths.decode(raw)


async def test_the_app_sees_the_decoded_path_and_the_raw_one(nats_url: str, caller: Caller, service: str) -> None:
    """`path` is decoded but for the slash, `raw_path` is what the client sent."""

    async def app(scope, receive, send) -> None:
        await answer(send, scope["path"].encode() + b" " + scope["raw_path"] + b" " + scope["query_string"])

    async with served(nats_url, service, app):
        reply = await caller.exchange(service, "web", a_request(path="/a%2Fb%20c?d=%2F"))
    assert b"/a%2Fb c /a%2Fb%20c d=%2F" == reply.body


async def test_a_refused_path_never_reaches_the_app(nats_url: str, caller: Caller, service: str) -> None:
    """The adapter answers 400 even if a gateway let the path through."""
    seen = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["type"])
        await answer(send)

    async with served(nats_url, service, app):
        with pytest.raises(Problem) as refused:
            await caller.exchange(service, "web", a_request(path="/a/%2e%2e/b"))
    assert 400 == refused.value.status
    assert "http" not in seen
