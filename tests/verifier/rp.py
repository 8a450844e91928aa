"""A relying party that answers the health check, well or badly, on a loopback port."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chassis.clock import FrozenClock
from chassis.settings import Secret
from contracts.applications import Application
from services.verifier.ground import Ground
from services.verifier.health import check, follow, sign, store
from services.verifier.health.secrets import store as kept
from services.verifier.health.store import Health
from tests.chassis.outbound.hostile import Behaviour, Server
from tests.verifier.builders import BEGAN, a_host, an_application
from tests.verifier.world import VAULT, World

Answer = Callable[["Asked"], bytes]

SECRET = "rphs_" + "5" * 64


class Asked:
    """A request as the relying party reads it."""

    def __init__(self, head: bytes) -> None:
        lines = head.decode().split("\r\n")
        self.line = lines[0]
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    @property
    def timestamp(self) -> int:
        return int(self.headers["x-logi-timestamp"])

    @property
    def client_id(self) -> str:
        return self.headers["x-logi-client-id"]

    def signed_by(self, secret: str) -> bool:
        from_us = sign.signature(Secret(secret), self.timestamp, self.client_id)
        return from_us == self.headers["x-logi-signature"]


def raw(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"))
    return head.encode() + b"\r\n" + body


def echoing(*, ahead: int = 0, secret: str = SECRET, status: str = "ok", **members: Any) -> Answer:
    """The endpoint as the contract asks for it, its clock `ahead` of ours."""

    def answer(asked: Asked) -> bytes:
        if not asked.signed_by(secret):
            return raw(b'{"error":"invalid_signature"}', "401 Unauthorized")
        echo = {"status": status, "client_id": asked.client_id, "timestamp": asked.timestamp + ahead, **members}
        return raw(json.dumps(echo).encode(), "200 OK", "Content-Type: application/json")

    return answer


class Party:
    """One application whose host answers as `answer` says; the frozen clock is verifier's."""

    def __init__(self, world: World, answer: Answer) -> None:
        self.world, self.answer = world, answer
        self.clock = FrozenClock(BEGAN)
        self.host = a_host()
        self.server: Server
        self.ground: Ground
        self.app: Application

    async def begin(self, *, certified: tuple[str, ...] = (), port: bool = True) -> "Party":
        self.server = await self.world.server(self._behave(), self.host, certified=certified)
        self.ground = self.world.ground(self.clock)
        self.app = an_application(f"https://{self.host}{f':{self.server.port}' if port else ''}/cb")
        await self.heard(self.app)
        async with self.ground.db.transaction() as tx:
            sealed = VAULT.seal(SECRET.encode(), f"rp_health/{self.app.id}")
            await kept.replace(tx, self.app.id, sealed, None, self.clock.now())
        return self

    async def heard(self, app: Application) -> Health:
        async with self.ground.db.transaction() as tx:
            return await follow.apply(self.ground, tx, app)

    async def changed(self, **changes: Any) -> Health:
        self.app = msgspec.structs.replace(self.app, version=self.app.version + 1, **changes)
        return await self.heard(self.app)

    async def probed(self, after: timedelta = timedelta()) -> Health:
        """One probe, as the schedule makes it."""
        self.clock.advance(after)
        return await check.one(self.ground, await self.health())

    async def health(self) -> Health:
        found = await store.find(self.ground.db, self.app.id)
        assert found is not None
        return found

    @property
    def asked(self) -> list[Asked]:
        return [Asked(head) for head in self.server.heads]

    def _behave(self) -> Behaviour:
        async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self.answer(self.asked[-1]))
            await writer.drain()

        return behave


def seconds_of(moment: datetime) -> int:
    return int(moment.timestamp()) % 3600


def elapsed(began: float) -> float:
    return time.monotonic() - began
