"""How a service's app is run on what arrives."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar, get
from litestar.response import Stream

from chassis import log, trace
from chassis.problems import Problem
from chassis.wire import asgi
from chassis.wire.call import Caller
from chassis.wire.lifespan import StartupFailed
from chassis.wire.serve import Pool
from tests.chassis.wire.builders import Doorman, a_caller, a_request, a_service, answer, served


async def test_it_serves_from_the_instant_it_has_started(nats_url: str, caller: Caller) -> None:
    """The subscriptions are flushed before `start` returns: a gateway that hears "ready" gets no 503."""
    for _ in range(100):
        service = a_service()
        async with served(nats_url, service, Doorman()):
            assert 200 == (await caller.exchange(service, "web", a_request())).status


async def test_a_slow_request_stops_no_other(nats_url: str, caller: Caller, service: str) -> None:
    """Each message has its own task, though nats-py awaits a subscription's callbacks one at a time."""
    door = Doorman()
    async with served(nats_url, service, door), asyncio.TaskGroup() as group:
        slow = group.create_task(caller.exchange(service, "web", a_request(path="/wait")))
        await door.entered.acquire()
        for _ in range(20):
            await caller.exchange(service, "web", a_request())
        assert not slow.done()
        door.let_go.set()


async def test_a_full_pool_starves_no_other(nats_url: str, caller: Caller, service: str) -> None:
    """Each pool has slots of its own: sign-in floods do not stop tokens, long-polls do not stop pages."""
    door = Doorman()
    pools = [Pool("web", slots=1), Pool("token", slots=1)]
    async with served(nats_url, service, door, pools), asyncio.TaskGroup() as group:
        group.create_task(caller.exchange(service, "web", a_request(path="/wait")))
        await door.entered.acquire()
        waiting = group.create_task(caller.exchange(service, "web", a_request()))
        assert 200 == (await caller.exchange(service, "token", a_request())).status
        assert not waiting.done()
        door.let_go.set()


async def test_the_app_learns_who_asks_and_from_where(nats_url: str, caller: Caller, service: str) -> None:
    """Principal, client, scheme and host are those the gateway saw; the deadline is what is left of the budget."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        await answer(send)

    async with served(nats_url, service, app):
        await caller.exchange(service, "web", a_request(principal=b"\x80", headers=[(b"a", b"1"), (b"a", b"2")]))
    exchange = asgi.exchange(seen)
    assert ("https", ("192.0.2.7", 0), ("logi.test", 8000)) == (seen["scheme"], seen["client"], seen["server"])
    assert (b"\x80", b"\x80") == (exchange.principal, seen["state"]["principal"])
    assert 0 < exchange.remaining() <= 20
    assert [(b"a", b"1"), (b"a", b"2")] == seen["headers"][-2:]


async def test_a_disconnect_is_heard_only_after_the_reply(nats_url: str, caller: Caller, service: str) -> None:
    """`receive` gives the body, then blocks until the reply is complete, then says `http.disconnect`."""
    said: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert b"hello" == (await receive())["body"]

        async def listen() -> None:
            said.append((await receive())["type"])

        listening = asyncio.create_task(listen())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await asyncio.sleep(0)
        said.append("more")
        await send({"type": "http.response.body", "body": b"b"})
        await listening
        said.append((await receive())["type"])

    async with served(nats_url, service, app):
        reply = await caller.exchange(service, "web", a_request("POST", body=b"hello"))
    assert (b"ab", ["more", "http.disconnect", "http.disconnect"]) == (reply.body, said)


async def test_a_stream_arrives_whole(nats_url: str, caller: Caller, service: str) -> None:
    """Litestar's Stream is neither cut short nor left hanging."""

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(50):
            await asyncio.sleep(0)
            yield b"%d," % number

    @get("/")
    async def stream() -> Stream:
        return Stream(chunks())

    app = Litestar([stream], openapi_config=None, logging_config=None)
    async with served(nats_url, service, app):
        reply = await caller.exchange(service, "web", a_request())
    assert b"".join(b"%d," % number for number in range(50)) == reply.body


async def test_a_crash_tells_nothing(nats_url: str, caller: Caller, service: str) -> None:
    """An app that raises becomes a blank 500: no name, no message, no repr."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("the password is swordfish")

    async with served(nats_url, service, app):
        with pytest.raises(Problem) as crashed:
            await caller.exchange(service, "web", a_request())
    assert (500, "server_error", "") == (crashed.value.status, crashed.value.code, crashed.value.detail)


async def test_an_unreadable_frame_stops_nothing(nats_url: str, caller: Caller, service: str) -> None:
    """Bytes that are no frame are left unanswered; the next frame is served."""
    async with served(nats_url, service, Doorman()), a_caller(nats_url) as other:
        await other._nc.publish(f"http.{service}.web", b"\xc1")
        assert 200 == (await other.exchange(service, "web", a_request())).status


async def test_an_app_begins_and_ends_with_its_serving(nats_url: str, service: str) -> None:
    """Litestar's lifespan hooks run, as under any server."""
    told: list[str] = []
    app = Litestar(
        [],
        on_startup=[lambda: told.append("begin")],
        on_shutdown=[lambda: told.append("end")],
        openapi_config=None,
        logging_config=None,
    )
    async with served(nats_url, service, app):
        assert ["begin"] == told
    assert ["begin", "end"] == told


async def test_an_app_that_cannot_begin_is_not_served(nats_url: str, service: str) -> None:
    """A failed start is the process's failure, told with the app's own words."""

    def fail() -> None:
        raise RuntimeError("no keys")

    app = Litestar([], on_startup=[fail], openapi_config=None, logging_config=None)
    with pytest.raises(StartupFailed, match="no keys"):
        async with served(nats_url, service, app):
            pass


async def test_trace_and_request_id_travel_in_the_frame(nats_url: str, caller: Caller, service: str) -> None:
    """The app works in the gateway's trace, and its log lines carry the request's id."""
    seen: list[str | None] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen[:] = trace.trace_id(), log.request_id.get(), scope["state"].get("request_id")
        await answer(send)

    came = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "request_id": "req-1"}
    async with served(nats_url, service, app):
        await caller.exchange(service, "web", msgspec.structs.replace(a_request(), **came))
    assert ["0af7651916cd43dd8448eb211c80319c", "req-1", "req-1"] == seen
