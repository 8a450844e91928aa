"""One auth process per test module, on a database of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import nats_link
from tests.auth import rp
from tests.auth.people import OverNats, People, people
from tests.auth.rp import World
from tests.chassis.telling import traced


@pytest.fixture(scope="module", params=["direct", "nats"])
async def house(
    request: pytest.FixtureRequest, new_database: Callable[[str], Awaitable[str]], nats_url: str
) -> AsyncIterator[People]:
    """The accounts of auth behind what a gateway does: once called directly, once by frames over NATS."""
    url = await new_database("accounts")
    if request.param == "direct":
        async with people(url) as made:
            yield made
        return
    nc = await nats_link.connect(nats_url, name="test")
    carry = OverNats(nc)
    async with people(url, carry=carry) as made:
        yield made
    await carry.stop()
    await nc.close()


@pytest.fixture(scope="module")
async def process(postgres_url: str) -> AsyncIterator[People]:
    """The same for tests to whom it is all one how a request arrives."""
    async with people(postgres_url) as made:
        yield made


@pytest.fixture(scope="module")
async def world(postgres_url: str) -> AsyncIterator[World]:
    """Auth's own wiring for tests of OAuth."""
    async with rp.world(postgres_url) as made:
        yield made


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Every span of the test."""
    with traced() as exporter:
        yield exporter
