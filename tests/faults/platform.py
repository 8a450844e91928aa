"""The running stack as a saboteur sees it: its processes, what each was told, and whether all of it is ready."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from tests.deploy.leftovers import family
from tests.system.stack import Stack

SERVICES = ("auth", "registry", "delivery", "verifier")
PROGRAMS = (*SERVICES, "gateway")
MARKS = {
    **{name: f"-m services.{name}" for name in SERVICES},
    "gateway": "-m gateway",
    "postgres": "/bin/postgres",
    "nats": "nats-server",
    "redis": "redis",
}
READY_WITHIN = 10.0
"""Seconds; promised, and kept by the supervisor without anybody's help."""

ON_ANY_MACHINE = 60.0
"""The same where nobody knows how slow the machine is, which is where the short form runs."""

STEADY_SECONDS = 2.0
"""All must have been ready for so long before they count as ready again."""


class NeverReady(Exception):
    """Something was still not ready after a long time; the message names it."""


class Platform:
    """A stack, and the ways to hurt it."""

    def __init__(self, stack: Stack, promised: float = READY_WITHIN) -> None:
        """`promised`: seconds within which all is ready again."""
        self.stack, self.promised = stack, promised
        self._told = {name: self._environment(name) for name in PROGRAMS}
        self._http = httpx.AsyncClient(timeout=5)

    def pid(self, name: str) -> int:
        """Raises LookupError while it does not run."""
        supervisor = int((self.stack.home / "lock").read_text())
        for pid, line in family(supervisor).items():
            if pid != supervisor and MARKS[name] in line and "leash.py" not in line:
                return pid
        raise LookupError(f"{name} does not run")

    def pids(self) -> dict[str, int]:
        """The process ids of ours; whoever has died since has another one."""
        return {name: self.pid(name) for name in PROGRAMS}

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.pid(name), number)

    def environment(self, name: str) -> dict[str, str]:
        """What the program was told when it started."""
        return self._told[name]

    def database(self, service: str) -> str:
        """The URL that the service itself uses."""
        return self._told[service]["LOGI_POSTGRES_URL"]

    def administration(self) -> str:
        """The superuser's URL."""
        secrets = msgspec.json.decode((self.stack.home / "secrets.json").read_bytes())
        address = self.database("auth").rpartition("@")[2].partition("/")[0]
        return f"postgresql://postgres:{secrets['postgres']}@{address}/postgres"

    async def rows(self, service: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        """One query on the database of a service."""
        connection = await asyncpg.connect(self.database(service))
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await connection.close()

    async def unready(self) -> dict[str, str]:
        """What does not answer 200 on its readiness page, and what it says."""
        found = await asyncio.gather(*(self._missing(name) for name in PROGRAMS))
        return {name: why for name, why in zip(PROGRAMS, found, strict=True) if why is not None}

    async def ready_again(self, patience: float = 90) -> float:
        """Returns how many seconds from now something was still not ready. Raises NeverReady."""
        began = last = time.monotonic()
        missing: dict[str, str] = {}
        while (now := time.monotonic()) - last < STEADY_SECONDS:
            if now - began > patience:
                raise NeverReady(str(missing))
            if found := await self.unready():
                missing, last = found, time.monotonic()
            await asyncio.sleep(0.05)
        return last - began

    async def close(self) -> None:
        await self._http.aclose()

    def _environment(self, name: str) -> dict[str, str]:
        entries = Path(f"/proc/{self.pid(name)}/environ").read_bytes().decode().split("\0")
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)

    async def _missing(self, name: str) -> str | None:
        try:
            answer = await self._http.get(f"http://127.0.0.1:{self._told[name]['LOGI_HEALTH_PORT']}/readyz")
        except httpx.HTTPError as error:
            return type(error).__name__
        return None if answer.status_code == 200 else answer.text
