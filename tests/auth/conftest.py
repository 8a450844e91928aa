"""One auth process per test module, on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.auth import rp
from tests.auth.people import People, people
from tests.auth.rp import World


@pytest.fixture(scope="module")
async def house(postgres_url: str) -> AsyncIterator[People]:
    """The accounts of auth behind what a gateway does, over http."""
    async with people(postgres_url) as made:
        yield made


@pytest.fixture(scope="module")
async def world(postgres_url: str) -> AsyncIterator[World]:
    """Auth's own wiring for tests of OAuth."""
    async with rp.world(postgres_url) as made:
        yield made
