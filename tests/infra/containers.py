"""The servers as containers, where a Docker-compatible engine answers; one set for each worker."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from deploy.local.process import LOOPBACK, converse, free_port
from deploy.local.servers import nats, postgres
from tests.infra import scratch

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGES = {"postgres": "postgres:18", "nats": "nats:2", "redis": "redis:7"}
PORTS = {"postgres": 5432, "nats": 4222, "redis": 6379}
READY_WITHIN = 60.0  # seconds from the start of a container, pulling apart
POSTGRES = "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off"


@contextmanager
def servers(worker: int, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Images by LOGI_TEST_POSTGRES_IMAGE, LOGI_TEST_NATS_IMAGE and LOGI_TEST_REDIS_IMAGE.

    LOGI_TEST_CONTAINER_NETWORK=host for an engine that has no bridge: the servers listen on free ports of this machine.
    """
    host = environ.get("LOGI_TEST_CONTAINER_NETWORK") == "host"
    port = {name: free_port() if host else usual for name, usual in PORTS.items()}
    image = {name: environ.get(f"LOGI_TEST_{name.upper()}_IMAGE", default) for name, default in IMAGES.items()}
    password = secrets.token_hex(12)
    with ExitStack() as stack:
        configuration = stack.enter_context(scratch.folder()) / "nats.conf"
        configuration.write_text(f"max_payload: {nats.MAX_PAYLOAD}\n")
        command = {
            "postgres": f"{POSTGRES} -c port={port['postgres']}",
            "nats": f"--config /logi.conf --port {port['nats']}",
            "redis": f"redis-server --requirepass {password} --port {port['redis']}",
        }
        containers = {name: _container(image[name], command[name]) for name in command}
        containers["postgres"].with_env("POSTGRES_PASSWORD", password)
        containers["nats"].with_volume_mapping(configuration, "/logi.conf")
        database, broker, limits = (
            _start(stack, container, port[name], host=host) for name, container in containers.items()
        )
        _await("postgres", lambda: converse(database[1], postgres.STARTUP, 1, database[0]) == b"R")
        _await("nats", lambda: converse(broker[1], b"", 5, broker[0]) == b"INFO ")
        _await("redis", lambda: converse(limits[1], f"AUTH {password}\r\n".encode(), 3, limits[0]) == b"+OK")
        yield (
            f"postgresql://postgres:{password}@{database[0]}:{database[1]}/postgres",
            f"nats://{broker[0]}:{broker[1]}",
            f"redis://:{password}@{limits[0]}:{limits[1]}/0",
        )


def _container(image: str, command: str) -> "DockerContainer":
    # Imported late: only this provider needs it, and it looks for an engine.
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    return DockerContainer(image).with_command(command)


def _start(stack: ExitStack, container: "DockerContainer", port: int, *, host: bool) -> tuple[str, int]:
    """Address and port where the container's port can be reached."""
    if host:
        stack.enter_context(container.with_kwargs(network_mode="host"))
        return LOOPBACK, port
    started = stack.enter_context(container.with_exposed_ports(port))
    return started.get_container_host_ip(), int(started.get_exposed_port(port))


def _await(name: str, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the {name} container did not answer within {READY_WITHIN:.0f} s")
        time.sleep(0.1)
