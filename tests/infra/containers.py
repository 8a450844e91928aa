"""The servers as containers, where a Docker-compatible engine answers; one set for each worker."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

READY_WITHIN = 120.0  # seconds, pulling apart


@contextmanager
def servers(worker: int, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Images by LOGI_TEST_POSTGRES_IMAGE, LOGI_TEST_NATS_IMAGE and LOGI_TEST_REDIS_IMAGE."""
    password = secrets.token_hex(12)
    with ExitStack() as stack:

        def address(default: str, variable: str, port: int, command: str, **env: str) -> str:
            # Imported late: only this provider needs it, and it asks for an engine.
            from testcontainers.core.container import DockerContainer  # noqa: PLC0415

            container: Any = DockerContainer(environ.get(variable, default)).with_exposed_ports(port)
            for name, value in env.items():
                container = container.with_env(name, value)
            started = stack.enter_context(container.with_command(command) if command else container)
            return f"{started.get_container_host_ip()}:{started.get_exposed_port(port)}"

        postgres = address(
            "postgres:18",
            "LOGI_TEST_POSTGRES_IMAGE",
            5432,
            "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off",
            POSTGRES_PASSWORD=password,
        )
        nats = address("nats:2", "LOGI_TEST_NATS_IMAGE", 4222, "")
        redis = address("redis:7", "LOGI_TEST_REDIS_IMAGE", 6379, f"redis-server --requirepass {password}")
        yield (
            f"postgresql://postgres:{password}@{postgres}/postgres",
            f"nats://{nats}",
            f"redis://:{password}@{redis}/0",
        )
