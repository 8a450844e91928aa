"""Verifier on a real database, registry answering on a real NATS, the internet standing in on loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from chassis.wire import questions
from contracts.questions.registry import ApplicationFor, ApplicationOf, HealthSwitch, VerificationApply
from services.verifier import app
from tests.verifier.builders import Registrar
from tests.verifier.world import World
from tests.verifier.zone import a_zone


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    await migrate(postgres_url, EVENTS_MIGRATIONS, app.MIGRATIONS)
    database = Database(postgres_url)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture(scope="module")
async def nats(nats_url: str) -> AsyncIterator[Client]:
    client = await nats_link.connect(nats_url, name="verifier-tests")
    yield client
    await client.close()


@pytest.fixture
async def registrar(nats: Client) -> AsyncIterator[Registrar]:
    known = Registrar()
    answering = [
        await questions.answer(nats, "registry", ApplicationFor, known.application),
        await questions.answer(nats, "registry", ApplicationOf, known.any_application),
        await questions.answer(nats, "registry", HealthSwitch, known.switch),
        await questions.answer(nats, "registry", VerificationApply, known.stamp),
    ]
    yield known
    for each in answering:
        await each.drain()


@pytest.fixture
async def world(tmp_path: Path, db: Database, nats: Client) -> AsyncIterator[World]:
    async with a_zone() as zone, AsyncExitStack() as stack:
        yield World(zone, tmp_path, db, nats, stack)
