"""Sizes and times at the edge: nobody can make the gateway hold more, or longer, than a route allows."""

import asyncio

import pytest

from gateway import body as bodies
from gateway import protocol
from gateway.server import Serving
from tests.gateway.builders import Town, read


async def test_an_announced_body_is_refused_unread(town: Town) -> None:
    """Above the route's limit 413 comes before the body does, and the connection ends."""
    answer = await town.raw(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n")
    assert (413, "content_too_large", "close") == (answer.status, answer.json["error"], answer.header("connection"))


async def test_nobody_is_told_to_continue_with_too_large_a_body(town: Town) -> None:
    """`Expect: 100-continue` with a length above the limit gets 413 at once."""
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n"
    assert 413 == (await town.raw(request)).status


async def test_a_chunked_body_is_refused_when_it_has_grown_too_large(town: Town) -> None:
    """Without a length the limit holds while the body streams."""
    chunk = b"5000\r\n" + b"x" * 0x5000 + b"\r\n"
    answer = await town.raw(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 6)
    assert 413 == answer.status


async def test_a_chunked_body_within_the_limit_arrives_whole(town: Town) -> None:
    """Chunks are put together; the service sees one body."""
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    answer = await town.raw(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert (200, "abcde") == (answer.status, answer.json["body"])


async def test_a_request_that_comes_at_once_is_not_taken_for_a_head(town: Town) -> None:
    """Head and body in one piece, together longer than a head may be; also twice on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    for _ in range(2):
        writer.write(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000)
        answer = await read(reader)
        assert (200, 50_000) == (answer.status, len(answer.json["body"]))
    writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /echo HTTP/1.1\r\nHost: a\r\nX-A: " + b"x" * 40_000 + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: a\r\nX-A: " + b"x" * 600_000,
        b"GET /echo HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: x\r\n" % n for n in range(5000)) + b"\r\n",
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["one header", "endless header", "many headers", "target"],
)
async def test_long_heads_get_431(town: Town, head: bytes) -> None:
    """Request line and headers have one limit, also while they never end."""
    answer = await town.raw(head)
    assert (431, "headers_too_large") == (answer.status, answer.json["error"])


@pytest.mark.parametrize("begun", [b"", b"GET /echo HTTP/1.1\r\nHost:", b"\r\n\r\n"], ids=["silent", "half", "blank"])
async def test_slow_heads_lose_the_connection(town: Town, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose head never ends is closed."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    writer.write(begun)
    async with asyncio.timeout(30):
        assert b"" == await reader.read()
    writer.close()


async def test_a_connection_that_was_used_is_not_left_to_the_slow(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank lines after an answer do not keep a connection for ever."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    writer.write(b"GET /up HTTP/1.1\r\nHost: a\r\n\r\n")
    assert 200 == (await read(reader)).status
    writer.write(b"\r\n\r\n")
    async with asyncio.timeout(30):
        assert b"" == await reader.read()
    writer.close()


async def test_slow_bodies_get_408(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come is not waited for."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    answer = await town.raw(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
    assert (408, "request_timeout") == (answer.status, answer.json["error"])


async def test_requests_on_one_connection_are_answered_in_order(town: Town) -> None:
    """Pipelined requests keep their order, and an unreadable one behind them answers nothing in their place."""
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    writer.write(b"GET /items/one HTTP/1.1\r\nHost: a\r\n\r\nGET /items/two HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [b"one", b"two"] == [(await read(reader)).body, (await read(reader)).body]
    writer.write(b"GET /patient?seconds=0.3 HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n")
    async with asyncio.timeout(30):
        assert b"400" not in await reader.read()
    writer.close()


async def test_too_many_connections_get_503(town: Town) -> None:
    """Beyond the number of connections each further one is told so, under an id, and let go."""
    serving = Serving(town.gateway.edge, "127.0.0.1", 0, connections=2)
    await serving.start()
    held = [await asyncio.open_connection("127.0.0.1", serving.port) for _ in range(2)]
    held[1][1].write(b"GET /up HTTP/1.1\r\nHost: a\r\n\r\n")
    assert 200 == (await read(held[1][0])).status
    answer = await Town(town.gateway, serving.port).ask("/up")
    assert (503, "1") == (answer.status, answer.header("retry-after"))
    assert (answer.header("x-logi-request-id") or "").startswith("req_")
    for _, writer in held:
        writer.close()
    await serving.drain()
