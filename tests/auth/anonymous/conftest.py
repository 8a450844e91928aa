"""A provider for the tests of a module, beside an auth process that knows the platform's app."""

from collections.abc import AsyncIterator

import pytest

from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import Provider
from tests.auth.rp import Auth, World


@pytest.fixture(scope="module", autouse=True)
async def the_app(world: World) -> None:
    await world.tell(phone.the_app())


@pytest.fixture(scope="module")
async def near_provider(world: World, the_app: None) -> AsyncIterator[tuple[Auth, Provider]]:
    async with phone.provider(world) as made:
        yield made
