"""One stack for all system tests of a worker; the tests speak to its gateway only."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World
from tests.system.stack import Stack, running

HOST = "notes.acme.example"


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    one = World(Path(tmp_path_factory.mktemp("world")))
    await one.start(HOST)
    yield one
    await one.stop()


@pytest.fixture(scope="session")
def stack(world: World) -> Iterator[Stack]:
    with running(world.settings) as one:
        yield one


@pytest.fixture
async def journey(stack: Stack, world: World) -> AsyncIterator[Journey]:
    async with httpx.AsyncClient(base_url=stack.issuer, timeout=30) as http:
        yield Journey(http, Browser(http), Mailbox(stack.home / "mail"), world, Story(lambda _: None), HOST)
