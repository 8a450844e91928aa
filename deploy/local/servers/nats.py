"""Launches nats-server with a configuration file; core NATS only, loopback only."""

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.process import LOOPBACK, Process, converse, free_port
from deploy.local.servers import binaries

MAX_PAYLOAD = 2 * 1024 * 1024  # bytes; twice the largest frame (chassis/wire/frames.py)


class Nats(Process):
    """A NATS server. Without a configuration it lets everyone do everything, which suits tests of the chassis.

    A configuration reads its variables ($NAME) from `variables`; address and port always come from here.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        configuration: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__("nats", folder / "nats.log")
        self.port = port or free_port()
        self._configuration = configuration or folder / "nats.conf"
        self._open = configuration is None
        self._variables = dict(variables or {})

    @property
    def url(self) -> str:
        """Where it listens, without credentials."""
        return f"nats://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        if self._open:
            self._configuration.parent.mkdir(parents=True, exist_ok=True)
            self._configuration.write_text(f"max_payload: {MAX_PAYLOAD}\n")

    def command(self) -> list[str | Path]:
        address = ["--addr", LOOPBACK, "--port", str(self.port)]
        return [binaries.nats_server(), "--config", self._configuration.absolute(), *address]

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), **self._variables, "HOME": os.environ.get("HOME", "/")}

    def answers(self) -> bool:
        return converse(self.port, b"", 5) == b"INFO "
