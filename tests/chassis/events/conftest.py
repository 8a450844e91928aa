"""A database for the shop, one for the till, and a NATS connection, fresh for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.postgres import Database
from tests.chassis.events.builders import a_database

NewDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture
async def shop(new_database: NewDatabase) -> AsyncIterator[Database]:
    db = await a_database(await new_database("shop"))
    yield db
    await db.stop()


@pytest.fixture
async def till(new_database: NewDatabase) -> AsyncIterator[Database]:
    db = await a_database(await new_database("till"))
    yield db
    await db.stop()


@pytest.fixture
async def nc(nats_url: str) -> AsyncIterator[Client]:
    client = await nats_link.connect(nats_url, name="test")
    yield client
    await client.close()
