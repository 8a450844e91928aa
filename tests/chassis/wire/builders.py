"""Requests, apps and both ends of the wire, as the tests of chassis.wire need them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client

from chassis import nats_link
from chassis.wire import serve
from chassis.wire.call import Caller
from chassis.wire.frames import Headers, Request
from chassis.wire.serve import Pool, Served


def a_service() -> str:
    """A name that no other test uses."""
    return f"t{secrets.token_hex(6)}"


def a_request(
    method: str = "GET",
    path: str = "/",
    *,
    body: bytes = b"",
    headers: Headers | None = None,
    budget_ms: int = 20_000,
    principal: bytes = b"",
) -> Request:
    raw, _, query = path.partition("?")
    length: Headers = [(b"content-length", str(len(body)).encode())] if body else []
    return Request(
        method=method,
        path=raw.encode(),
        query=query.encode(),
        headers=[(b"host", b"logi.test:8000"), *length, *(headers or [])],
        client="192.0.2.7",
        scheme="https",
        host="logi.test:8000",
        principal=principal,
        budget_ms=budget_ms,
        body=body,
    )


async def until(holds: Callable[[], bool]) -> None:
    """Returns when `holds()` does; for what other tasks or processes bring about within thirty seconds."""
    for _ in range(3000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def answer(send: Any, body: bytes = b"", status: int = 200) -> None:
    """One whole response of a bare ASGI app."""
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Doorman:
    """A bare ASGI app that names itself; below /wait it holds each request until `let_go`."""

    def __init__(self, name: bytes = b"doorman") -> None:
        self.name = name
        self.let_go = asyncio.Event()
        self.entered = asyncio.Semaphore(0)
        self.cancelled = asyncio.Semaphore(0)
        self.seen = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        self.seen += 1
        self.entered.release()
        if scope["path"].startswith("/wait"):
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                self.cancelled.release()
                raise
        await answer(send, self.name)


@asynccontextmanager
async def a_link(url: str, **user: Any) -> AsyncIterator[Client]:
    """A connection, closed at the end whatever became of the server."""
    link = await nats_link.connect(url, name="test", **user)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def a_caller(url: str, **user: Any) -> AsyncIterator[Caller]:
    async with a_link(url, **user) as nc, a_link(url, **user) as bulk, Caller(nc, bulk) as caller:
        yield caller


@asynccontextmanager
async def served(
    url: str, service: str, app: Any, pools: Sequence[Pool] = (Pool("web"),), **user: Any
) -> AsyncIterator[Served]:
    """`app` over connections of its own, as another process would be; what still runs at the end is cut short."""
    async with a_link(url, **user) as nc, a_link(url, **user) as bulk:
        running = await serve.http(nc, service, app, pools, bulk).start()
        try:
            yield running
        finally:
            await running.drain(grace=0.1)
