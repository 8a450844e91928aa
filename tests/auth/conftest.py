"""One auth process per test module, on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.auth.people import People, people


@pytest.fixture(scope="module")
async def house(postgres_url: str) -> AsyncIterator[People]:
    """The accounts of auth behind what a gateway does, over http."""
    async with people(postgres_url) as made:
        yield made
