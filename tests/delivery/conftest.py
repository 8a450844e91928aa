"""Delivery's verbs and routes on a real database, webhooks going to real sockets on loopback."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.clock import SystemClock
from chassis.migrate import migrate
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from chassis.settings import Secret
from chassis.vault import Vault
from chassis.wire import asgi, questions
from contracts.questions.registry import ActionClaim, ApplicationFor
from services.delivery import app
from services.delivery.ground import Ground
from services.delivery.polling.wake import Wake
from services.delivery.registry import Registry
from tests import gateless
from tests.delivery.receiver import Receiver
from tests.delivery.registrar import Registrar


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    await migrate(postgres_url, EVENTS_MIGRATIONS, app.MIGRATIONS)
    database = Database(postgres_url)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture(scope="module")
def ground(db: Database) -> Ground:
    vault = Vault.from_setting(Secret("v1:" + base64.b64encode(b"k" * 32).decode()))
    return Ground(db=db, clock=SystemClock(), vault=vault)


@pytest.fixture(scope="module")
async def outbound() -> AsyncIterator[Outbound]:
    client = Outbound(Policy(http_loopback=True))
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture(scope="module")
async def nats(nats_url: str) -> AsyncIterator[Client]:
    client = await nats_link.connect(nats_url, name="delivery-tests")
    yield client
    await client.close()


@pytest.fixture(scope="module")
async def registrar(nats: Client) -> AsyncIterator[Registrar]:
    """Registry as delivery meets it: it knows whose application is whose, and which acts were announced."""
    known = Registrar()
    answering = [
        await questions.answer(nats, "registry", ApplicationFor, known.application),
        await questions.answer(nats, "registry", ActionClaim, known.claim),
    ]
    yield known
    for each in answering:
        await each.drain()


@pytest.fixture(scope="module")
async def http(
    ground: Ground, nats: Client, registrar: Registrar, ending: asyncio.Event, outbound: Outbound, wake: Wake
) -> AsyncIterator[httpx.AsyncClient]:
    looking = asyncio.create_task(wake.run())
    application: Any = app.litestar_app(ground, Registry(nats), "http://localhost:8000", wake, outbound)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        """With what the frame carries beside HTTP."""
        scope[asgi.KEY] = asgi.Exchange(b"", None, time.monotonic() + 30, ending)
        await application(scope, receive, send)

    async with gateless.client(served) as client:
        yield client
    looking.cancel()


@pytest.fixture(scope="module")
def wake(ground: Ground) -> Wake:
    """Who waits in this process."""
    return Wake(ground.db)


@pytest.fixture(scope="module")
def ending() -> asyncio.Event:
    """Set when the process drains."""
    return asyncio.Event()
