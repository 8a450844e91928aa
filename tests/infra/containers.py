"""The servers as containers, where a Docker-compatible engine answers; one set for each worker."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.process import converse
from deploy.local.servers import nats, postgres
from tests.infra import scratch

IMAGES = {"postgres": "postgres:18", "nats": "nats:2", "redis": "redis:7"}
READY_WITHIN = 60.0  # seconds from the start of a container, pulling apart
POSTGRES = "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off"


@contextmanager
def servers(worker: int, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Images by LOGI_TEST_POSTGRES_IMAGE, LOGI_TEST_NATS_IMAGE and LOGI_TEST_REDIS_IMAGE."""
    image = {name: environ.get(f"LOGI_TEST_{name.upper()}_IMAGE", default) for name, default in IMAGES.items()}
    password = secrets.token_hex(12)
    with ExitStack() as stack:
        configuration = stack.enter_context(scratch.folder()) / "nats.conf"
        configuration.write_text(f"max_payload: {nats.MAX_PAYLOAD}\n")
        database = _start(stack, image["postgres"], 5432, POSTGRES, env={"POSTGRES_PASSWORD": password})
        broker = _start(stack, image["nats"], 4222, "--config /logi.conf", mount=(configuration, "/logi.conf"))
        limits = _start(stack, image["redis"], 6379, f"redis-server --requirepass {password}")
        _await("postgres", lambda: converse(database[1], postgres.STARTUP, 1, database[0]) == b"R")
        _await("nats", lambda: converse(broker[1], b"", 5, broker[0]) == b"INFO ")
        _await("redis", lambda: converse(limits[1], f"AUTH {password}\r\n".encode(), 3, limits[0]) == b"+OK")
        yield (
            f"postgresql://postgres:{password}@{database[0]}:{database[1]}/postgres",
            f"nats://{broker[0]}:{broker[1]}",
            f"redis://:{password}@{limits[0]}:{limits[1]}/0",
        )


def _start(
    stack: ExitStack,
    image: str,
    port: int,
    command: str,
    *,
    env: Mapping[str, str] | None = None,
    mount: tuple[Path, str] | None = None,
) -> tuple[str, int]:
    """Host and port where the container's port can be reached."""
    # Imported late: only this provider needs it, and it looks for an engine.
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    container = DockerContainer(image).with_exposed_ports(port).with_command(command)
    for name, value in (env or {}).items():
        container = container.with_env(name, value)
    if mount is not None:
        container = container.with_volume_mapping(mount[0], mount[1])
    started = stack.enter_context(container)
    return started.get_container_host_ip(), int(started.get_exposed_port(port))


def _await(name: str, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the {name} container did not answer within {READY_WITHIN:.0f} s")
        time.sleep(0.1)
