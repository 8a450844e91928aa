"""Producer, delivery and receivers as they play a phase of the delivery benchmark, on databases that stay."""

import asyncio
import base64
import os
import secrets
import signal
import time
from array import array
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench import machine
from bench.emitter import client_id
from bench.ground import Ground, Module
from deploy.local.process import LOOPBACK, free_port

APPS = 100
WARM_SECONDS = 3.0
PATIENCE_SECONDS = 120.0

SEED = """
insert into endpoints (client_id, application_id, version, client_type, webhook_url, served)
select 'logi_' || lpad(to_hex(n), 32, '0'), n + 1, 1, 'confidential', $1 || '/hook', true
from generate_series(0, $2::int - 1) n
on conflict (client_id) do update set webhook_url = excluded.webhook_url
"""

BACKLOG = """
insert into webhook_outbox (client_id, event_id, event_type, occurred_at, raw_payload, form, kid, signature,
    enqueued_at, next_retry_at)
select 'logi_' || lpad(to_hex(n % $4), 32, '0'), 'evt_' || lpad(n::text, 26, '0'), 'user.unlinked', now(), $3,
    'legacy', 'whk_0', repeat('0', 64), now(), now()
from generate_series($1::bigint, $2::bigint) n
"""

WAITING = """
select exists (select from webhook_outbox where delivered_at is null and dlq_at is null and skipped_at is null
    and client_id <> all($1::text[]))
"""


class Phase(NamedTuple):
    """What one load came to; times in milliseconds, `cpu` in cores, `memory` of delivery in MiB from start to end."""

    times: list[float]
    missing: int
    twice: int
    drained: float
    statements: float
    cpu: dict[str, float]
    memory: list[float]

    def at(self, share: float) -> float:
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] if self.times else float("nan")


class Drained(NamedTuple):
    """`rate` from the first webhook to the last, per second; `cpu` in µs for each webhook, by process."""

    rate: float
    twice: int
    cpu: dict[str, float]


class Stage:
    """Everything anew for each phase but the databases."""

    def __init__(self, base: Ground, urls: dict[str, str]) -> None:
        self.base, self.urls = base, urls
        self.turn, self.first = 0, 1
        self._seal = f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    async def prepare(self) -> None:
        """Delivery's schema, by its own command."""
        delivery = self.delivery()
        self.base.start(delivery)
        delivery.stop()

    async def play(self, rate: int, seconds: float, *, bad: bool = False, counting: bool = False) -> Phase:
        """`bad`: one of the applications is dead and one is slow; they do not count."""
        self.turn += 1
        count, first = int(rate * (WARM_SECONDS + seconds)), self.first
        self.first += count
        hook, delivery, emitter = self.receiver(), self.delivery(counting=counting), self.emitter(rate, count, first)
        await self.seed(bad=bad)
        await asyncio.to_thread(self.base.start, hook, delivery)
        await asyncio.to_thread(self.base.start, emitter)
        processes = {"producer": emitter, "delivery": delivery, "receiver": hook, "postgres": self.base.postgres}
        cpu, begun = {name: machine.cpu_seconds([one.pid]) for name, one in processes.items()}, time.monotonic()
        asked = self.statements() if counting else 0
        await asyncio.sleep(WARM_SECONDS)
        memory: list[float] = []
        results = self.base.folder / f"emitter{self.turn}.times"
        while not results.exists():
            memory.append(machine.memory_mib(delivery.pid))
            await asyncio.sleep(0.05)
        took = time.monotonic() - begun
        spent = {name: (machine.cpu_seconds([one.pid]) - cpu[name]) / took for name, one in processes.items()}
        drained = await self.drained(count, bad=bad)
        await asyncio.sleep(0.3)
        statements = (self.statements() - asked) / count if counting else 0.0
        memory.append(machine.memory_mib(delivery.pid))
        came = await self.seen(hook)
        for process in (emitter, delivery, hook):
            process.stop()
        commits = array("q")
        commits.frombytes(results.read_bytes())
        arrived, twice = _first_times(came)
        counted = [n for n in range(count) if not (bad and (first + n) % APPS in (0, 1))]
        warm = int(rate * WARM_SECONDS)
        times = sorted((arrived[first + n] - commits[n]) / 1e6 for n in counted if n >= warm and first + n in arrived)
        missing = sum(first + n not in arrived for n in counted)
        return Phase(times, missing, twice, drained, statements, spent, memory)

    async def drain(self, count: int) -> Drained:
        """Rows that wait when delivery starts."""
        self.turn += 1
        hook, delivery = self.receiver(), self.delivery()
        await self.seed(bad=False)
        first = self.first
        self.first += count
        body = b'{"data":{"sub":"42"},"event_id":"evt_0","event_type":"user.unlinked"}'
        await self.sql(BACKLOG, first, first + count - 1, body, APPS)
        await self.sql("insert into lanes (client_id) select client_id from endpoints on conflict do nothing")
        await self.sql("analyze webhook_outbox")
        await asyncio.to_thread(self.base.start, hook)
        await asyncio.to_thread(self.base.start, delivery)
        processes = {"delivery": delivery, "receiver": hook, "postgres": self.base.postgres}
        cpu = {name: machine.cpu_seconds([one.pid]) for name, one in processes.items()}
        await self.drained(count, bad=False)
        spent = {name: (machine.cpu_seconds([one.pid]) - cpu[name]) / count * 1e6 for name, one in processes.items()}
        came = await self.seen(hook)
        for process in (delivery, hook):
            process.stop()
        arrived, twice = _first_times(came)
        took = (max(arrived.values()) - min(arrived.values())) / 1e9
        return Drained(len(arrived) / took, twice, spent)

    def statements(self) -> int:
        """How many delivery has sent so far in this phase."""
        file = self._counts()
        return int(file.read_text()) if file.exists() else 0

    def receiver(self) -> Module:
        self._hook_port = port = free_port()
        file = str(self.base.folder / f"receiver{self.turn}.times")
        return Module(f"receiver{self.turn}", self.base.folder, ["bench.receiver", str(port), file], {}, (port, "/"))

    def delivery(self, name: str = "", *, counting: bool = False) -> Module:
        """One process; `name` tells several apart."""
        health = free_port()
        variables = {
            **self.base.common(),
            "LOGI_POSTGRES_URL": self.urls["delivery"],
            "LOGI_KEY_ENCRYPTION_KEYS": self._seal,
            "LOGI_OUTBOUND_HTTP_LOOPBACK": "true",
            "LOGI_HEALTH_PORT": str(health),
            "LOGI_LOG_LEVEL": "warning",
        }
        words = ["bench.counted", "services.delivery", str(self._counts())] if counting else ["services.delivery"]
        return Module(f"delivery{self.turn}{name}", self.base.folder, words, variables, (health, "/readyz"))

    def emitter(self, rate: int, count: int, first: int) -> Module:
        health = free_port()
        variables = {
            **self.base.common(),
            "LOGI_POSTGRES_URL": self.urls["auth"],
            "LOGI_HEALTH_PORT": str(health),
            "LOGI_RATE": str(rate),
            "LOGI_COUNT": str(count),
            "LOGI_APPS": str(APPS),
            "LOGI_FIRST": str(first),
            "LOGI_RESULTS": str(self.base.folder / f"emitter{self.turn}.times"),
        }
        return Module(f"emitter{self.turn}", self.base.folder, ["bench.emitter"], variables, (health, "/readyz"))

    async def seed(self, *, bad: bool) -> None:
        """Applications whose webhooks go to the receiver that was made last, and an empty queue."""
        root = f"http://{LOOPBACK}:{self._hook_port}"
        await self.sql("truncate webhook_outbox, webhook_attempts")
        await self.sql("update lanes set failures = 0, open_until = null, held_by = null, held_until = null")
        await self.sql(SEED, root, APPS)
        if bad:
            for number, path in ((0, "/dead"), (1, "/slow")):
                await self.sql(
                    "update endpoints set webhook_url = $1 where client_id = $2", root + path, client_id(number)
                )

    async def drained(self, count: int, *, bad: bool) -> float:
        """Seconds until so many have been accepted and nothing waits, but for what cannot be delivered."""
        begun = time.monotonic()
        spared = [client_id(0), client_id(1)] if bad else []
        connection = await asyncpg.connect(self.urls["delivery"])
        accepted = False
        while time.monotonic() - begun < PATIENCE_SECONDS:
            accepted = accepted or await connection.fetchval("select count(*) >= $1 from webhook_outbox", count)
            if accepted and not await connection.fetchval(WAITING, spared):
                break
            await asyncio.sleep(0.05)
        await connection.close()
        return time.monotonic() - begun

    async def seen(self, hook: Module) -> "array[int]":
        """What came so far: number and time of each webhook."""
        await asyncio.sleep(0.3)
        file = self.base.folder / f"receiver{self.turn}.times"
        file.unlink(missing_ok=True)
        os.kill(hook.pid or 0, signal.SIGUSR1)
        while not file.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
        came = array("q")
        came.frombytes(file.read_bytes())
        return came

    async def sql(self, sql: str, *arguments: object) -> None:
        connection = await asyncpg.connect(self.urls["delivery"])
        await connection.execute(sql, *arguments, timeout=300)
        await connection.close()

    def _counts(self) -> Path:
        return self.base.folder / f"delivery{self.turn}.statements"


def _first_times(came: "array[int]") -> tuple[dict[int, int], int]:
    """When each event came first, and how many came again."""
    arrived: dict[int, int] = {}
    for number, at in zip(came[::2], came[1::2], strict=True):
        arrived.setdefault(number, at)
    return arrived, len(came) // 2 - len(arrived)
