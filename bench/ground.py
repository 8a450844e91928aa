"""The servers and processes that a benchmark stands on, started for it alone and gone at its end."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import LOOPBACK, Process, free_port
from deploy.local.processes import Program
from deploy.local.servers.nats import Nats
from deploy.local.servers.postgres import Postgres
from deploy.local.servers.redis import Redis


class Module(Program):
    """A module run with arguments, which counts as ready when a page of it says 200."""

    def __init__(
        self, name: str, folder: Path, arguments: list[str], variables: Mapping[str, str], ready: tuple[int, str]
    ) -> None:
        super().__init__(name, arguments[0], folder / f"{name}.log", variables, ready)
        self._arguments = arguments[1:]

    def command(self, *arguments: str) -> list[str | Path]:
        return super().command(*self._arguments, *arguments)


class Ground:
    """NATS, Redis, Postgres and a collector; `start` adds to what is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nats, self.redis = Nats(folder), Redis(folder, secrets.token_hex(12))
        self.postgres = Postgres(folder / "postgres", secrets.token_hex(12))
        self.sink_port = free_port()
        self.running: list[Process] = []

    def start(self, *processes: Process) -> None:
        """Side by side; returns when all of them answer."""
        for process in processes:
            self.running.append(process)
            process.spawn()
        for process in processes:
            process.await_ready()

    def sink(self) -> Module:
        return Module("sink", self.folder, ["bench.sink", str(self.sink_port)], {}, (self.sink_port, "/"))

    def stop(self) -> None:
        for process in reversed(self.running):
            process.ask_to_stop()
        for process in reversed(self.running):
            process.stop(grace=5)

    def common(self) -> dict[str, str]:
        """What production tells every process: a log line per unit of work, 10 % of traces to a collector."""
        return {
            "LOGI_ENVIRONMENT": "local",
            "LOGI_ISSUER": "http://localhost",
            "LOGI_NATS_URL": self.nats.url,
            "LOGI_REDIS_URL": self.redis.url(),
            "LOGI_OTLP_ENDPOINT": f"http://{LOOPBACK}:{self.sink_port}",
        }


@contextmanager
def ground() -> Iterator[Ground]:
    """In a folder that the unprivileged user of Postgres can reach, removed afterwards."""
    base = "/var/tmp" if os.geteuid() == 0 else None  # noqa: S108  mkdtemp makes it ours
    folder = Path(tempfile.mkdtemp(prefix="logi-bench-", dir=base))
    folder.chmod(0o711)
    made = Ground(folder)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
