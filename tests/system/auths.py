"""A second auth process beside a stack's own: what one of them has done counts for the other."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from deploy.local.process import free_port
from tests.faults.platform import Platform
from tests.system.stack import ROOT, Stack


@dataclass
class Auth:
    """One process, watched by its private port."""

    health_port: int

    def answered(self, route: str) -> int:
        """How many requests of this route it has answered so far."""
        text = httpx.get(f"http://127.0.0.1:{self.health_port}/metrics", timeout=30).text
        lines = re.findall(r"^http_server_request\w*_count\{([^}]*)\} (\S+)", text, re.MULTILINE)
        return sum(int(float(count)) for labels, count in lines if f'"{route}"' in labels)

    def ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.health_port}/readyz", timeout=1).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def two(stack: Stack) -> AsyncIterator[list[Auth]]:
    """Both auth processes: the stack's own and another one, told the same."""
    platform = Platform(stack)
    told, port = platform.environment("auth"), free_port()
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.auth",
        cwd=ROOT,
        env={**told, "LOGI_HEALTH_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    both = [Auth(int(told["LOGI_HEALTH_PORT"])), Auth(port)]
    while not both[1].ready():
        assert second.returncode is None
        await asyncio.sleep(0.1)
    yield both
    second.terminate()
    await second.wait()
    await platform.close()
