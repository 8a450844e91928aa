"""A furnished service: started in the order that works, watched in all its parts, drained at its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import ClassVar

import pytest

from chassis import nats_link
from chassis.life import House
from chassis.service import Service, ServiceSettings, furnish
from chassis.settings import Secret
from chassis.wire import questions
from chassis.wire.refusals import NoInstance
from chassis.wire.serve import Pool
from contracts.questions import Question
from deploy.local.servers.nats import Nats
from tests.chassis.web.builders import a_route, an_app
from tests.chassis.wire.builders import a_caller, a_request


class CupsOf(Question[int], frozen=True, kw_only=True):
    """How many cups somebody has."""

    owner: ClassVar[str] = "shop"
    name: ClassVar[str] = "cups"
    answer: ClassVar[type[int]] = int

    whose: str


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    made = tmp_path / "shop" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_cups.sql").write_text("create table cups (id int primary key)")
    return made


@pytest.fixture
def server(nats_server: Callable[..., Nats]) -> Nats:
    """A NATS of one's own."""
    return nats_server()


@pytest.fixture
async def service(
    new_database: Callable[[str], Awaitable[str]], server: Nats, migrations: Path
) -> AsyncIterator[Service[ServiceSettings]]:
    settings = ServiceSettings(
        issuer="http://localhost:8000",
        nats_url=server.url,
        health_port=1,
        postgres_url=Secret(await new_database("shop")),
        postgres_connections=2,
    )
    furnished = await furnish(House("shop", settings), migrations)
    furnished.house.begin()
    yield furnished
    await furnished.house.end()


async def until_missing(house: House[ServiceSettings], *names: str) -> None:
    async with asyncio.timeout(30):
        while set(await house.missing()) != set(names):
            await asyncio.sleep(0.02)


async def test_its_schema_is_this_releases(service: Service[ServiceSettings]) -> None:
    """Once furnished, the event log and the service's own tables are there."""
    assert 0 == await service.db.fetchval("select count(*) from cups")
    assert 1 == await service.db.fetchval("select count(*) from outbox_head")


async def test_each_part_is_watched(service: Service[ServiceSettings], server: Nats) -> None:
    """NATS going away makes it not ready, by name, and coming back makes it ready without help."""
    assert {} == await service.house.missing()
    await asyncio.to_thread(server.kill)
    await until_missing(service.house, "nats", "nats-bulk")
    server.start()
    await until_missing(service.house)


async def test_it_answers_before_it_is_ready_and_not_after_its_end(
    service: Service[ServiceSettings], server: Nats
) -> None:
    """Others may need an answer to become ready; once it has drained, nobody is kept waiting."""

    async def cups(question: CupsOf) -> int:
        return len(question.whose)

    await service.answer(CupsOf, cups)
    asker = await nats_link.connect(server.url, name="asker")
    assert 3 == await questions.ask(asker, "till", CupsOf(whose="ann"))
    await service.house.end()
    with pytest.raises(NoInstance):
        await questions.ask(asker, "till", CupsOf(whose="ann"))
    await asker.close()


async def test_it_serves_until_it_drains(service: Service[ServiceSettings], server: Nats) -> None:
    """Exchanges reach its app while it lives; after its end the gateway is told that nobody is there."""
    await service.serve(an_app(a_route("/cups", "none")), (Pool("web", 4),))
    async with a_caller(server.url) as gateway:
        assert 200 == (await gateway.exchange("shop", "web", a_request("GET", "/cups"))).status
        await service.house.end()
        with pytest.raises(NoInstance):
            await gateway.exchange("shop", "web", a_request("GET", "/cups"))
