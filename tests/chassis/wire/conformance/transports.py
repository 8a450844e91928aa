"""One HTTP client for an app, whichever way it is served: for suites that must hold directly and over NATS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import msgspec

from chassis.problems import Problem
from chassis.wire import asgi
from chassis.wire.call import Caller
from chassis.wire.frames import Request
from tests.chassis.wire.builders import a_caller, a_service, served

Way = Literal["direct", "nats"]
WAYS: tuple[Way, ...] = ("direct", "nats")

ORIGIN = "http://localhost:8000"
ADDRESS = "192.0.2.7"
"""Where every request seems to come from."""


class OverNats(httpx.AsyncBaseTransport):
    """What a gateway without rules of its own would do."""

    def __init__(self, caller: Caller, service: str, pool: str, principal: bytes) -> None:
        self._caller, self._service, self._pool, self._principal = caller, service, pool, principal

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            reply = await self._caller.exchange(self._service, self._pool, await self._frame(request))
        except Problem as problem:
            body = msgspec.json.encode({"error": problem.code, "error_description": problem.detail})
            return httpx.Response(problem.status, headers=problem.headers, content=body)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)

    async def _frame(self, request: httpx.Request) -> Request:
        path, _, query = request.url.raw_path.partition(b"?")
        return Request(
            method=request.method,
            path=path,
            query=query,
            headers=[(name.lower(), value) for name, value in request.headers.raw],
            client=ADDRESS,
            scheme=request.url.scheme,
            host=request.headers["host"],
            principal=self._principal,
            budget_ms=20_000,
            body=await request.aread(),
        )


@asynccontextmanager
async def client_for(
    app: Any, way: Way, nats_url: str, *, principal: bytes = b"", pool: str = "web"
) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests `app` answers; `principal` is what the gateway would have found out."""
    if way == "direct":
        transport = httpx.ASGITransport(asgi.directly(app, principal), client=(ADDRESS, 0))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield client
        return
    service = a_service()
    async with served(nats_url, service, app), a_caller(nats_url) as caller:
        over = OverNats(caller, service, pool, principal)
        async with httpx.AsyncClient(transport=over, base_url=ORIGIN) as client:
            yield client
