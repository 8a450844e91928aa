"""The process as it is built: answers before it is ready, follows registry, and two of it act as one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec
import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.events import Record, Relay, Replay, announce
from chassis.life import House
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from chassis.settings import Secret
from chassis.wire import questions
from chassis.wire.call import Caller
from contracts.applications import Application
from contracts.events.registry import ApplicationRegistered, ApplicationUpdated
from contracts.ids import new_event_id
from contracts.principal import AccessToken
from contracts.questions.auth import ClientApply, PrincipalOf
from services.auth import app as wiring
from services.auth.clients import store
from services.auth.resources import seed
from services.auth.settings import Settings
from tests.auth.people import NOON
from tests.auth.rp import RESOURCE, SECRET, a_machine, an_app, changed
from tests.chassis.wire.builders import a_request

NewDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="module")
async def nats(nats_url: str) -> AsyncIterator[Client]:
    client = await nats_link.connect(nats_url, name="test")
    yield client
    await client.close()


@asynccontextmanager
async def registry(nats: Client, url: str) -> AsyncIterator[Database]:
    """Whatever registry is, this is how it speaks: a log, a relay, and the answers about both."""
    await migrate(url, EVENTS_MIGRATIONS)
    db = Database(url)
    await db.start()
    replay = Replay(db, "registry", {"application": _no_records})
    await replay.start(nats)
    relay = asyncio.create_task(Relay(db, nats, "registry").run())
    yield db
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    await replay.drain()
    await db.stop()


async def _no_records(_: str, __: int) -> list[Record]:
    return []


@asynccontextmanager
async def auth(url: str, nats_url: str) -> AsyncIterator[House[Settings]]:
    settings = Settings(
        issuer="http://localhost:8000",
        environment="local",
        nats_url=nats_url,
        health_port=0,
        postgres_url=Secret(url),
        key_encryption_keys=Secret("v1:" + "A" * 43 + "="),
        smtp_url=Secret("smtp://localhost:1"),
    )
    house = House(wiring.NAME, settings)
    try:
        await wiring.build(house)
        house.begin()
        yield house
    finally:
        await house.end()


async def _ready(house: House[Settings]) -> None:
    async with asyncio.timeout(30):
        while await house.missing():
            await asyncio.sleep(0.02)


async def _token(nats: Client, app: Application, secret: str) -> tuple[int, dict[str, str]]:
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "client_id": app.client_id}
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    body = urlencode({**form, "client_secret": secret}).encode()
    async with Caller(nats) as caller:
        reply = await caller.exchange("auth", "token", a_request("POST", "/oauth/token", body=body, headers=headers))
    return reply.status, msgspec.json.decode(reply.body)


async def _tell(db: Database, kind: type[ApplicationRegistered | ApplicationUpdated], app: Application) -> None:
    async with db.transaction() as tx:
        await announce(tx, kind(event_id=new_event_id(NOON), occurred_at=NOON, application=app))


async def test_auth_answers_before_it_is_ready_and_is_ready_once_it_has_caught_up(
    nats: Client, nats_url: str, new_database: NewDatabase
) -> None:
    """Without registry it waits, yet takes registry's word; with it, the copy holds all that was announced."""
    url = await new_database("auth")
    async with auth(url, nats_url) as house:
        app = an_app()
        assert {"events of registry"} == set(await house.missing())
        assert 1 == (await questions.ask(nats, "registry", ClientApply(application=app))).version
        async with registry(nats, await new_database("registry")) as theirs:
            other = an_app()
            await _tell(theirs, ApplicationRegistered, other)
            await _tell(theirs, ApplicationUpdated, changed(other, name="Renamed"))
            await _ready(house)
            copy = Database(url, max_size=1)
            await copy.start()
            async with asyncio.timeout(30):
                while (held := await store.find(copy, other.client_id)) is None or held.version < 2:
                    await asyncio.sleep(0.02)
            await copy.stop()
    assert "Renamed" == held.name


async def test_after_registry_is_answered_no_process_honours_the_old_secret(
    nats: Client, nats_url: str, new_database: NewDatabase
) -> None:
    """Two processes, 200 requests right after the answer, none of them served (ADR 4)."""
    url = await new_database("auth")
    async with registry(nats, await new_database("registry")), auth(url, nats_url), auth(url, nats_url):
        app = a_machine()
        db = Database(url, max_size=1)
        await db.start()
        async with db.transaction() as tx:
            await seed.management(tx, RESOURCE, app.client_id, NOON)
        await questions.ask(nats, "registry", ClientApply(application=app))
        warm = await asyncio.gather(*(_token(nats, app, SECRET) for _ in range(40)))
        assert {200} == {status for status, _ in warm}
        token = warm[0][1]["access_token"]
        bearer = await questions.ask(nats, "gateway", PrincipalOf(authorization=f"Bearer {token}"))
        assert isinstance(bearer, AccessToken)
        await questions.ask(nats, "registry", ClientApply(application=changed(app, secret_sha256="0" * 64)))
        answers = await asyncio.gather(*(_token(nats, app, SECRET) for _ in range(200)))
        assert {(401, "invalid_client")} == {(status, body["error"]) for status, body in answers}
        await db.stop()
