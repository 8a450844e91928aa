"""auth with a gateway and registry beside it, on servers of their own: limits raised, telemetry as in production."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.ground import ground
from deploy.local import databases, first_start, processes
from deploy.local.home import ROOT, Home
from deploy.local.process import free_port
from deploy.local.processes import MODULES, Program, Stack

USED = ("gateway", "registry", "auth")
LIMITS = ROOT / "gateway" / "limits.json"
GENEROUS = 1_000_000


class Provider:
    """What a benchmark asks: `port` is the gateway's."""

    def __init__(self, home: Home, table: Stack) -> None:
        self.port, self._home, self.table = home.port, home, table

    @property
    def issuer(self) -> str:
        return self._home.issuer

    @property
    def credentials(self) -> dict[str, str]:
        return dict(json.loads(self._home.credentials.read_bytes()))

    def pid(self, name: str) -> int:
        found = self.table.platform[name].pid
        assert found is not None
        return found


@contextmanager
def provider() -> Iterator[Provider]:
    """Raises ProcessFailed where something does not start."""
    with ground() as base:
        home = Home(base.folder / "home", free_port())
        home.make()
        home.folder.parent.chmod(0o711)
        table = processes.stack(home, {name: MODULES[name] for name in USED})
        base.start(base.sink(), table.postgres, table.nats, table.redis)
        asyncio.run(_databases(home, table))
        settings = {
            "LOGI_LIMITS_FILE": str(_limits(base.folder)),
            "LOGI_TRACE_RATIO": "0.1",
            "LOGI_OTLP_ENDPOINT": base.common()["LOGI_OTLP_ENDPOINT"],
        }
        told = {name: _told(program, settings) for name, program in table.platform.items()}
        base.start(*told.values())
        document = first_start.credentials(home)
        for name in ("auth", "registry"):
            _seed(told[name], document)
        yield Provider(home, Stack(table.postgres, table.nats, table.redis, table.desk, told))


def _told(program: Program, settings: Mapping[str, str]) -> Program:
    """The same program, told these as well."""
    program._variables = {**program._variables, **settings}  # noqa: SLF001  the local stack has its own telemetry
    return program


def _seed(program: Program, document: bytes) -> None:
    command, environment = program.command("seed"), dict(program.environment())
    subprocess.run(command, input=document, cwd=ROOT, env=environment, check=True, timeout=60)


async def _databases(home: Home, table: Stack) -> None:
    for service in ("auth", "registry"):
        await databases.create(table.postgres.url, service, home.secret(f"database.{service}"))


def _limits(folder: Path) -> Path:
    limits = json.loads(LIMITS.read_text())
    for policy in (policy for policies in limits.values() for policy in policies):
        policy["quota"] *= GENEROUS
    file = folder / "limits.json"
    file.write_text(json.dumps(limits))
    return file
