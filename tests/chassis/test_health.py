"""The private port tells whoever supervises a process how it is."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from chassis.health import Health
from deploy.local.process import free_port

MISSING: dict[str, str] = {}


@pytest.fixture
async def port() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a private port that says that MISSING is missing."""

    async def missing() -> dict[str, str]:
        return dict(MISSING)

    MISSING.clear()
    number = free_port()
    health = Health("127.0.0.1", number, missing)
    serving = asyncio.create_task(health.serve())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{number}", timeout=30) as client:
        await answering(client)
        yield client
    health.stop()
    await serving


async def answering(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await client.get("/livez")
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
            else:
                return


async def test_it_is_alive_while_it_answers(port: httpx.AsyncClient) -> None:
    """`/livez` says nothing of others: a process is not killed because its database is away."""
    MISSING["postgres"] = "OSError: away"
    assert 200 == (await port.get("/livez")).status_code


async def test_ready_means_that_nothing_is_missing(port: httpx.AsyncClient) -> None:
    """`/readyz` is asked afresh each time, and names what is missing and why."""
    answer = await port.get("/readyz")
    assert (200, {"missing": {}}) == (answer.status_code, answer.json())
    MISSING["postgres"] = "OSError: away"
    answer = await port.get("/readyz")
    assert (503, {"missing": {"postgres": "OSError: away"}}) == (answer.status_code, answer.json())
    MISSING.clear()
    assert 200 == (await port.get("/readyz")).status_code


async def test_metrics_are_prometheus_text(port: httpx.AsyncClient) -> None:
    """`/metrics` is what a scraper reads."""
    answer = await port.get("/metrics")
    assert (200, "text/plain") == (answer.status_code, answer.headers["content-type"].split(";")[0])


async def test_there_is_nothing_else(port: httpx.AsyncClient) -> None:
    """The private port serves three documents and no more."""
    assert 404 == (await port.get("/")).status_code
