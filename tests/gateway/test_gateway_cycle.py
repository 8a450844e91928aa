"""How connections end: what a client did not wait for is neither an error of ours nor its next request."""

import asyncio
import logging

import pytest

from gateway.server import Serving
from tests.gateway.builders import Town, read

LARGE = b"GET /sized?size=700000&store=false HTTP/1.1\r\nHost: logi.test:8000\r\n\r\n"


async def test_who_hangs_up_is_no_error(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Though replies wait for one another and for a client that does not read: else anybody could fill our logs."""
    serving = Serving(town.gateway.edge, "127.0.0.1", 0)
    await serving.start()
    state = serving._server.server_state
    with caplog.at_level(logging.ERROR):
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port, limit=1024)
        writer.write(LARGE * 20)
        async with asyncio.timeout(20):
            await reader.readline()
            (connection,) = state.connections
            while not connection.flow.write_paused:  # type: ignore[union-attr] # it is our HTTP/1.1
                await asyncio.sleep(0.01)
            writer.transport.abort()
            while state.tasks:
                await asyncio.sleep(0.01)
    await serving.drain()
    assert [] == [record.getMessage() for record in caplog.records]


async def test_a_body_that_was_not_asked_for_ends_the_connection(town: Town) -> None:
    """Who waits for 100 and is refused may send the body or not; nobody takes one for the other (RFC 9110 10.1.1)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    writer.write(
        b"POST /nowhere HTTP/1.1\r\nHost: logi.test:8000\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n"
    )
    async with asyncio.timeout(20):
        answer = await read(reader)
        assert (404, "close", b"") == (answer.status, answer.header("connection"), await reader.read())
    writer.close()
