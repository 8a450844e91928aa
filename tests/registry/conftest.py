"""Registry's verbs and routes on a real database, its peers answering on a real NATS."""

from collections.abc import AsyncIterator

import httpx
import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.clock import SystemClock
from chassis.migrate import migrate
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from chassis.vault import Vault
from chassis.wire import questions
from contracts.questions.auth import Applied, ClientApply
from contracts.questions.delivery import EndpointApply, SigningSecrets
from services.registry import app
from services.registry.applications.effects import Effects
from services.registry.ground import Ground
from tests import gateless
from tests.registry.builders import Peers, settings
from tests.registry.pictures import Gallery, a_gallery


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    await migrate(postgres_url, EVENTS_MIGRATIONS, app.MIGRATIONS)
    database = Database(postgres_url)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture(scope="module")
async def nats(nats_url: str) -> AsyncIterator[Client]:
    client = await nats_link.connect(nats_url, name="registry-tests")
    yield client
    await client.close()


@pytest.fixture(scope="module")
async def peers(nats_url: str) -> AsyncIterator[Peers]:
    """Auth and delivery as registry hears them: whatever they are told, they note and confirm."""
    noted = Peers()
    client = await nats_link.connect(nats_url, name="peers")

    async def applied(question: ClientApply) -> Applied:
        noted.applied.append(question.application)
        return Applied(question.application.version)

    async def secrets(question: EndpointApply) -> SigningSecrets:
        noted.endpoints.append(question)
        first = question.application.version == 1
        return (
            SigningSecrets(kid="whk_0badcafe", signing_secret="whsec_x", webhook_secret="y")
            if first
            else SigningSecrets()
        )

    answering = [
        await questions.answer(client, "auth", ClientApply, applied),
        await questions.answer(client, "delivery", EndpointApply, secrets),
    ]
    yield noted
    for each in answering:
        await each.drain()
    await client.close()


@pytest.fixture(scope="module")
async def ground(db: Database, nats: Client, nats_url: str) -> AsyncIterator[Ground]:
    clock = SystemClock()
    policy = Policy(http_loopback=True)
    client = Outbound(policy)
    config = settings(nats_url, db.url)
    yield Ground(
        db=db,
        clock=clock,
        effects=Effects(nats, clock),
        outbound=policy,
        client=client,
        vault=Vault.from_setting(config.key_encryption_keys),
        issuer="http://localhost:8000",
        settings=config,
    )
    await client.stop()


@pytest.fixture
async def pictures() -> AsyncIterator[Gallery]:
    """Somebody's web server with pictures on it."""
    async with a_gallery() as address:
        yield address


@pytest.fixture(scope="module")
async def http(ground: Ground, peers: Peers) -> AsyncIterator[httpx.AsyncClient]:
    async with gateless.client(app.litestar_app(ground, ground.issuer)) as client:
        yield client
