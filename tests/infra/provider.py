"""The real servers that tests run against, wherever they come from; LOGI_TEST_INFRA chooses."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import msgspec

from deploy.local import databases
from tests.infra import containers, embedded, external


class Infra(msgspec.Struct, frozen=True):
    """Addresses of one worker's servers: nothing that another worker does can be seen in them."""

    postgres: str  # an administrator's URL
    nats: str  # a server or account where everyone may do everything
    redis: str  # with the number of a database

    async def new_database(self, name: str) -> str:
        """The URL of a new database for a new role of the same name."""
        return await databases.create(self.postgres, name, os.urandom(12).hex())

    async def drop_database(self, name: str) -> None:
        """Remove the database and the role."""
        await databases.drop(self.postgres, name)


class Provider(Protocol):
    """Starts or finds the servers of a worker; on leaving, what it started is gone."""

    def __call__(self, worker: int, environ: Mapping[str, str]) -> AbstractContextManager[tuple[str, str, str]]:
        """Administrator's Postgres URL, NATS URL and Redis URL for worker 0, 1, …"""


PROVIDERS: dict[str, Provider] = {
    "embedded": embedded.servers,
    "containers": containers.servers,
    "external": external.servers,
}


@contextmanager
def infra(worker: int, environ: Mapping[str, str]) -> Iterator[Infra]:
    """The servers of one worker from the chosen provider."""
    chosen = environ.get("LOGI_TEST_INFRA", "embedded")
    if chosen not in PROVIDERS:
        raise ValueError(f"LOGI_TEST_INFRA={chosen!r}: known are {', '.join(PROVIDERS)}")
    with PROVIDERS[chosen](worker, environ) as (postgres, nats, redis):
        yield Infra(postgres, nats, redis)
