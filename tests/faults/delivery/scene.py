"""Producer, delivery, NATS and Postgres of their own, a ledger at each end, and what became of every change."""

import asyncio
import base64
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.emitter import client_id, event_id
from bench.ground import Ground, Module
from chassis.clock import SystemClock
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.vault import Vault
from deploy.local import databases
from deploy.local.process import free_port
from services.delivery.ground import Ground as Delivery
from services.delivery.polling import read
from tests.faults.delivery import journal
from tests.faults.delivery.receivers import Receivers

APPS = 20
RATE, SECONDS = 100, 4
PATIENCE_SECONDS = 120.0

SEED = """
insert into endpoints (client_id, application_id, version, client_type, webhook_url, served)
values ($1, $2, 1, 'confidential', $3, true) on conflict (client_id) do update set webhook_url = excluded.webhook_url
"""


@dataclass
class Line:
    """One line of the table. `unsure` changes were neither acknowledged nor refused when their producer died."""

    fault: str
    sent: int
    acknowledged: int
    unsure: int
    delivered: int
    polled: int
    duplicated: int
    lost: int
    foreign: int
    """Events that nobody sent."""
    seconds: float

    def row(self) -> str:
        figures = (self.sent, self.acknowledged, self.delivered, self.polled, self.duplicated, self.lost)
        return f"| {self.fault} | {' | '.join(str(figure) for figure in figures)} | {self.seconds:.1f} |"


class Scene:
    """Everything is started once; each fault has numbers of its own."""

    def __init__(self, base: Ground, receivers: Receivers) -> None:
        self.base, self.receivers = base, receivers
        self.urls: dict[str, str] = {}
        self.first, self.last = 1, 0
        self._seal = f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self._names = iter(range(10**6))

    async def prepare(self) -> None:
        base = self.base
        await asyncio.to_thread(base.start, base.nats, base.postgres, base.sink())
        for name in ("auth", "delivery"):
            self.urls[name] = await databases.create(base.postgres.url, name, secrets.token_hex(12))
        one = self.delivery()
        await self.started(one)
        await self.seed({})
        await asyncio.to_thread(one.stop)

    async def seed(self, ways: dict[int, str]) -> None:
        """Each application's webhooks go to the receivers, some of which behave badly."""
        for app in range(APPS):
            url = f"{self.receivers.url}/{ways.get(app, 'well').replace(' ', '-')}"
            await self.sql("delivery", SEED, client_id(app), app + 1, url)

    def begin(self, changes: int) -> None:
        """The next numbers are those of a new fault."""
        self.first, self.last = self.last + 1, self.last + changes

    def producer(self, *doom: object) -> Module:
        """`doom`: the step at which it dies, and at which time that it comes to it."""
        own = {
            "LOGI_POSTGRES_URL": self.urls["auth"],
            "LOGI_RATE": str(RATE),
            "LOGI_FIRST": str(self.first),
            "LOGI_LAST": str(self.last),
            "LOGI_APPS": str(APPS),
            "LOGI_JOURNAL": str(self._journal()),
        }
        return self._module("tests.faults.delivery.producer", own, doom)

    def delivery(self, *doom: object) -> Module:
        own = {
            "LOGI_POSTGRES_URL": self.urls["delivery"],
            "LOGI_KEY_ENCRYPTION_KEYS": self._seal,
            "LOGI_OUTBOUND_HTTP_LOOPBACK": "true",
        }
        return self._module("services.delivery", own, doom)

    async def started(self, *modules: Module) -> None:
        await asyncio.to_thread(self.base.start, *modules)

    def spawned(self, module: Module) -> None:
        """Without waiting for it to be ready."""
        self.base.running.append(module)
        module.spawn()

    async def until_dead(self, module: Module) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while module.alive:
                await asyncio.sleep(0.01)

    async def until_sent(self) -> None:
        """The producer has been through with its changes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not journal.read(self._journal())["ended"]:
                await asyncio.sleep(0.05)

    async def reckoned(self, fault: str) -> Line:
        """Waits until all that was acknowledged has arrived, but not for ever, and says what came of everything."""
        began = time.monotonic()
        noted = journal.read(self._journal())
        while time.monotonic() - began < PATIENCE_SECONDS:
            if not (noted["acknowledged"] - set(self.receivers.taken)) and not await self._waiting():
                break
            await asyncio.sleep(0.1)
        polled, taken = await self._polled(), self.receivers.taken
        mine = {number: count for number, count in taken.items() if self.first <= number <= self.last and count}
        acknowledged = noted["acknowledged"]
        unsure = noted["intended"] - acknowledged
        return Line(
            fault,
            sent=len(noted["intended"]),
            acknowledged=len(acknowledged),
            unsure=len(unsure),
            delivered=len(mine),
            polled=len(polled),
            duplicated=sum(mine.values()) - len(mine),
            lost=len(acknowledged - set(mine)) + len(acknowledged - polled),
            foreign=len((set(mine) | polled) - noted["intended"]) + len(set(mine) ^ polled),
            seconds=time.monotonic() - began,
        )

    async def sql(self, database: str, sql: str, *arguments: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.urls[database])
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    async def _waiting(self) -> bool:
        rows = await self.sql(
            "delivery", "select 1 from webhook_outbox where delivered_at is null and skipped_at is null limit 1"
        )
        return bool(rows)

    async def _polled(self) -> set[int]:
        """What the applications find when they poll, page by page."""
        db = Database(self.urls["delivery"], max_size=1)
        await db.start()
        ground = Delivery(db=db, clock=SystemClock(), vault=Vault.from_setting(Secret(self._seal)))
        found: list[int] = []
        for app in range(APPS):
            since = None
            while True:
                page = await read.events(ground, client_id(app), read.Asked(since=since, limit=100))
                found += [int(bytes(raw).partition(b'"event_id":"evt_')[2][:26]) for raw in page.events]
                since = page.next_cursor
                if not page.has_more:
                    break
        await db.stop()
        assert len(found) == len(set(found)), "an event was polled twice"
        return {number for number in found if self.first <= number <= self.last}

    def _journal(self) -> Path:
        return self.base.folder / f"journal{self.first}"

    def _module(self, program: str, own: dict[str, str], doom: tuple[object, ...]) -> Module:
        name, health = f"process{next(self._names)}", free_port()
        common = {**self.base.common(), "LOGI_HEALTH_PORT": str(health), "LOGI_LOG_LEVEL": "warning", **own}
        words = [program] if not doom else ["tests.faults.delivery.doomed", program, *map(str, doom)]
        return Module(name, self.base.folder, words, common, (health, "/readyz"))


def numbers_of(app: int, first: int, last: int) -> list[str]:
    """The ids of an application's events among these numbers."""
    return [event_id(number) for number in range(first, last + 1) if number % APPS == app]


def pid_of(module: Module) -> int:
    """Raises ProcessLookupError where it has ended."""
    if module.pid is None:
        raise ProcessLookupError(module.name)
    os.kill(module.pid, 0)
    return module.pid
