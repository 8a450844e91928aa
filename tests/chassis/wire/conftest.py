"""A caller that every test of the wire shares; services are named anew in each test."""

from collections.abc import AsyncIterator

import pytest

from chassis.wire.call import Caller
from tests.chassis.wire.builders import a_caller, a_service


@pytest.fixture(scope="module")
async def caller(nats_url: str) -> AsyncIterator[Caller]:
    """The gateway's end of the wire."""
    async with a_caller(nats_url) as one:
        yield one


@pytest.fixture
def service() -> str:
    """The name of a service that only this test serves."""
    return a_service()
