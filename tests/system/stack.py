"""A fresh stack for a test or a demonstration: its own home and port, ended and forgotten afterwards."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from deploy.local.process import free_port

ROOT = Path(__file__).parents[2]
GENEROUS = 1_000_000


@dataclass
class Stack:
    """A running platform, as its user sees it."""

    home: Path
    port: int

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def desk(self) -> str:
        return f"http://localhost:{self.port + 3}"

    @property
    def credentials(self) -> dict[str, str]:
        found: dict[str, str] = msgspec.json.decode((self.home / "credentials.json").read_bytes())
        return found


@contextlib.contextmanager
def running(settings: Mapping[str, str], port: int | None = None, module: str = "deploy.local") -> Iterator[Stack]:
    """Up when entered, gone with its data when left; `port` is one of `free_ports` that `settings` speak of, `module`
    is asked to run it.

    Raises RuntimeError with what `up` said if it did not start.
    """
    with tempfile.TemporaryDirectory(prefix="logi-stack-") as folder:
        stack = Stack(Path(folder) / "home", port or free_ports())
        environment = {**os.environ, **settings, "LOGI_HOME": str(stack.home), "LOGI_PORT": str(stack.port)}
        said = _command(module, "up", environment)
        try:
            if said.returncode != 0:
                raise RuntimeError(f"the stack did not start:\n{said.stdout}\n{said.stderr}")
            yield stack
        finally:
            _command(module, "reset", environment)


def generous(folder: Path) -> dict[str, str]:
    """Settings of a stack whose limits refuse nobody, for tests of what else it does; a file in `folder` says so."""
    limits = msgspec.json.decode((ROOT / "gateway/limits.json").read_bytes())
    for policy in (policy for policies in limits.values() for policy in policies):
        policy["quota"] *= GENEROUS
    file = folder / "limits.json"
    file.write_bytes(msgspec.json.encode(limits))
    return {"LOGI_LIMITS_FILE": str(file)}


def _command(module: str, word: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", module, word]
    return subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False)


def free_ports() -> int:
    """A port for a gateway whose three followers are free too: the adapters' and the desk's."""
    return free_port(followers=3)
