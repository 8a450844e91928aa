"""A gateway on a real socket before a service on a real NATS, and clients that say exactly what a test wants said."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client

from chassis.settings import Secret
from contracts import beats, principal
from contracts.beats import RevocationBeat
from contracts.principal import Anonymous, Principal, Refused
from contracts.questions.auth import PrincipalOf
from contracts.routes import RouteTable
from gateway.app import Gateway
from gateway.server import Serving
from gateway.settings import Settings

ISSUER = "http://logi.test:8000"
REDIS_SECONDS = 10.0


class Answer(msgspec.Struct):
    """One HTTP response as it came over the socket."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def principal(self) -> Principal:
        return principal.decode(base64.b64decode(self.json["principal"]))

    def seen(self, name: str) -> list[str]:
        """The values of a header that reached the service."""
        return [value for key, value in self.json["headers"] if key == name]


class Town(msgspec.Struct):
    """Where a test goes: the gateway's socket and its insides."""

    gateway: Gateway
    port: int

    async def raw(self, request: bytes) -> Answer:
        """Sends bytes as they are and reads one response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(30):
                return await read(reader, head=request.startswith(b"HEAD"))
        finally:
            writer.close()

    async def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes = b"",
    ) -> Answer:
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers or [])
        if not any(name.lower() == "host" for name, _ in pairs):
            pairs.insert(0, ("Host", "logi.test:8000"))
        if body or method == "POST":
            pairs.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        return await self.raw(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)


async def read(reader: asyncio.StreamReader, *, head: bool = False) -> Answer:
    status = int((await reader.readline()).split()[1])
    headers = []
    while (line := await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.lower(), value.strip()))
    length = next((int(value) for name, value in headers if name == "content-length"), 0)
    body = b"" if head or status in (204, 304) else await reader.readexactly(length)
    return Answer(status, headers, body)


class Auth:
    """Auth's part, played over a real NATS: answers whose a credential is, and beats its revocations."""

    def __init__(self, nc: Client, *ears: Client) -> None:
        """`ears` are the other connections on which its beats are heard."""
        self._nc, self._ears = nc, ears
        self.known: dict[str, Principal] = {}
        self.asked: list[PrincipalOf] = []
        self.sequence = 1
        self.delay = 0.0

    async def answer(self, question: PrincipalOf) -> Principal:
        self.asked.append(question)
        shown = question.authorization or question.session
        found = self.known.get(shown, Refused(why="unknown")) if shown else Anonymous()
        await asyncio.sleep(self.delay)
        return found

    async def beat(self) -> None:
        """One beat, heard by the gateway when this returns."""
        await self._nc.publish(beats.REVOCATIONS, beats.encode(RevocationBeat(self.sequence)))
        # The server has taken it with our PONG, and has written it to each connection before that one's PONG.
        for link in (self._nc, *self._ears):
            await link.flush()

    async def revoke(self, shown: str) -> None:
        self.known.pop(shown, None)
        self.sequence += 1
        await self.beat()


def some_settings(redis_url: str, services: Path, **changed: Any) -> Settings:
    fields: dict[str, Any] = {
        "issuer": ISSUER,
        "environment": "local",
        "nats_url": "",
        "health_port": 0,
        "redis_url": Secret(redis_url),
        "services": str(services),
    }
    return Settings(**{**fields, **changed})


@asynccontextmanager
async def a_town(
    config: Settings, nc: Client, tables: list[RouteTable], bulk: Client | None = None
) -> AsyncIterator[Town]:
    gateway = Gateway(config, nc, bulk, tables=tables)
    # Of Redis there is no haste: the busiest machine counts every request.
    gateway.limiter._timeout = REDIS_SECONDS
    await gateway.start()
    serving = Serving(gateway.edge, "127.0.0.1", 0)
    await serving.start()
    try:
        yield Town(gateway, serving.port)
    finally:
        await serving.drain()
        await gateway.stop()
