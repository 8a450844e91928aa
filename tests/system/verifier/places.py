"""Perspectives beside a running stack: processes of their own, which look at the internet by another name server."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.home import Home
from deploy.local.process import free_port
from tests.system.stack import ROOT, Stack


@asynccontextmanager
async def place(stack: Stack, name: str, settings: Mapping[str, str]) -> AsyncIterator[None]:
    """A perspective of this name, with the rights that its NATS user has; gone when left."""
    variables = {
        **settings,
        "LOGI_ENVIRONMENT": "local",
        "LOGI_ISSUER": stack.issuer,
        "LOGI_NATS_URL": told(stack, "LOGI_NATS_URL"),
        "LOGI_OTLP_ENDPOINT": told(stack, "LOGI_OTLP_ENDPOINT"),
        "LOGI_NATS_USER": "perspective",
        "LOGI_NATS_PASSWORD": Home(stack.home, stack.port).secret("nats.perspective"),
        "LOGI_HEALTH_PORT": (port := str(free_port())),
        "LOGI_PERSPECTIVE": name,
    }
    command = (sys.executable, "-m", "services.verifier.perspectives")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**os.environ, **variables}, stdout=quiet)
    try:
        await _ready(int(port))
        yield
    finally:
        process.terminate()
        await process.wait()


def told(stack: Stack, name: str, ending: str = "") -> str:
    """A variable as one of the stack's processes was told it, of several the one that ends so."""
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            environment = dict(line.partition("=")[::2] for line in entry.read_text(errors="replace").split("\0"))
        except OSError:
            continue
        ours = environment.get("LOGI_HOME") == str(stack.home) and name in environment
        if ours and environment[name].endswith(ending):
            return environment[name]
    raise LookupError(f"no process of {stack.home}")


async def _ready(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.write(b"GET /readyz HTTP/1.0\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if b" 200 " in answer.split(b"\r\n")[0]:
                return
            await asyncio.sleep(0.1)
