"""Fixtures of every test: real Postgres, NATS and Redis, from the provider that LOGI_TEST_INFRA names."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, settings

from deploy.local.servers.nats import Nats
from deploy.local.servers.postgres import Postgres
from tests.infra import provider, scratch
from tests.infra.provider import Infra

# What a slow machine needs longer for is no failure, and a failure comes again: every run tries the same examples.
settings.register_profile("logi", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("logi")
# `make test ARGS=--hypothesis-profile=explore` looks for new ones.
settings.register_profile("explore", settings.get_profile("logi"), derandomize=False, max_examples=1000)

NatsFactory = Callable[..., Nats]
PostgresFactory = Callable[[], Postgres]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--short", action="store_true", help="faults, browser: what CI has time for")


@pytest.fixture(scope="session")
def infra(worker_id: str) -> Iterator[Infra]:
    """The servers of this worker."""
    worker = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    with provider.infra(worker, os.environ) as servers:
        yield servers


@pytest.fixture(scope="session")
async def new_database(infra: Infra) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """`await new_database("auth")` gives the URL of a fresh database with a role of its own, dropped at the end."""
    made: list[str] = []

    async def create(name: str) -> str:
        made.append(f"{name}_{secrets.token_hex(4)}")
        return await infra.new_database(made[-1])

    yield create
    for name in made:
        await infra.drop_database(name)


@pytest.fixture(scope="module")
async def postgres_url(infra: Infra) -> AsyncIterator[str]:
    """A fresh, empty database for each test module."""
    name = f"test_{secrets.token_hex(6)}"
    yield await infra.new_database(name)
    await infra.drop_database(name)


@pytest.fixture(scope="session")
def nats_url(infra: Infra) -> str:
    """A NATS where every client may do everything."""
    return infra.nats


@pytest.fixture(scope="session")
def redis_url(infra: Infra) -> str:
    """This worker's Redis database, empty when the session begins."""
    with redis.Redis.from_url(infra.redis) as client:
        client.flushdb()
    return infra.redis


@pytest.fixture(scope="session")
def scratch_folder() -> Iterator[Path]:
    """A folder for servers of one's own, which their unprivileged users can reach."""
    with scratch.folder() as folder:
        yield folder


@pytest.fixture
def nats_server(scratch_folder: Path) -> Iterator[NatsFactory]:
    """`nats_server(configuration=path, variables={…})` starts a private NATS to kill, stop and start again.

    It keeps its port. Like `postgres_server` it is always a local process, whichever provider the session uses.
    """
    made: list[Nats] = []

    def start(configuration: Path | None = None, variables: Mapping[str, str] | None = None) -> Nats:
        folder = scratch_folder / f"nats-{secrets.token_hex(4)}"
        made.append(Nats(folder, configuration=configuration, variables=variables))
        made[-1].start()
        return made[-1]

    yield start
    for server in made:
        server.kill()


@pytest.fixture
def postgres_server(scratch_folder: Path) -> Iterator[PostgresFactory]:
    """`postgres_server()` starts a private Postgres to kill, stop and start again: same port, same data."""
    made: list[Postgres] = []

    def start() -> Postgres:
        folder = scratch_folder / f"postgres-{secrets.token_hex(4)}"
        made.append(Postgres(folder, secrets.token_hex(12), durable=False))
        made[-1].start()
        return made[-1]

    yield start
    for server in made:
        server.kill()
