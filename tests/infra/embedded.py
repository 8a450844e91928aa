"""The servers from wheels, one set for each worker: they start within two seconds and die with it."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import Process, ProcessFailed
from deploy.local.servers.nats import Nats
from deploy.local.servers.postgres import Postgres
from deploy.local.servers.redis import Redis
from tests.infra import scratch

ATTEMPTS = 5  # another program may take the chosen port before the server does


@contextmanager
def servers(worker: int, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Start all three side by side, and stop them at the end."""
    with scratch.folder() as folder:
        postgres, nats, redis = _started(folder)
        try:
            yield postgres.url, nats.url, redis.url()
        finally:
            for server in (postgres, nats, redis):
                server.kill()


def _started(folder: Path) -> tuple[Postgres, Nats, Redis]:
    for attempt in range(ATTEMPTS):
        place = folder / str(attempt)
        place.mkdir(mode=0o711)
        postgres = Postgres(place / "postgres", secrets.token_hex(12), durable=False)
        nats, redis = Nats(place), Redis(place, secrets.token_hex(12))
        every: tuple[Process, ...] = (nats, redis, postgres)
        try:
            for server in every:
                server.spawn()
            for server in every:
                server.await_ready()
        except ProcessFailed as failure:
            for server in every:
                server.kill()
            if attempt + 1 == ATTEMPTS or "in use" not in str(failure):
                raise
        else:
            return postgres, nats, redis
    raise AssertionError("the last attempt returns or raises")
