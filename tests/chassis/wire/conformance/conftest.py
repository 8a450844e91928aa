"""`client_for(app)` in both ways: each test that takes it runs twice."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.chassis.wire.conformance import transports

ClientFor = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture(params=transports.WAYS)
async def client_for(request: pytest.FixtureRequest, nats_url: str) -> AsyncIterator[ClientFor]:
    """`await client_for(app, principal=…)` gives an HTTP client of `app`: served directly, then over NATS."""
    async with AsyncExitStack() as stack:

        async def made(app: Any, **more: Any) -> httpx.AsyncClient:
            return await stack.enter_async_context(transports.client_for(app, request.param, nats_url, **more))

        yield made
