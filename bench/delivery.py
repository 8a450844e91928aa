"""From the commit of an event to the relying party's webhook endpoint, by way of outbox, NATS, fan-out and dispatch.

`python -m bench.delivery [--quick]`. Postgres with fsync on; producer, delivery, databases, receivers and this program
share the machine's cores. Its time runs from the moment the announcing transaction sends its commit to the moment the
whole request has been read by the receiver.
"""

import asyncio
import base64
import os
import secrets
import signal
import sys
import time
from array import array
from typing import NamedTuple

import asyncpg

from bench import machine, polling_page
from bench.emitter import client_id
from bench.ground import Ground, Module, ground
from deploy.local import databases
from deploy.local.process import LOOPBACK, free_port

APPS = 100
WARM_SECONDS = 3.0
BACKLOG = 100_000
PATIENCE_SECONDS = 120.0

SEED = """
insert into endpoints (client_id, application_id, version, client_type, webhook_url, served)
select 'logi_' || lpad(to_hex(n), 32, '0'), n + 1, 1, 'confidential', $1 || '/hook', true
from generate_series(0, $2::int - 1) n
on conflict (client_id) do update set webhook_url = excluded.webhook_url
"""


class Phase(NamedTuple):
    """What one load came to; times in milliseconds."""

    times: list[float]
    missing: int
    twice: int
    drained: float
    statements: float
    cpu: dict[str, float]

    def at(self, share: float) -> float:
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] if self.times else float("nan")


class Stage:
    """Producer and delivery, anew for each phase, on databases that stay."""

    def __init__(self, base: Ground, urls: dict[str, str], admin: asyncpg.Connection) -> None:
        self._base, self.urls, self._admin = base, urls, admin
        self._turn, self._first = 0, 1
        self._seal = f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}"

    async def prepare(self) -> None:
        """Delivery's schema, by its own command."""
        delivery = self._delivery(1)
        self._base.start(delivery)
        delivery.stop()

    async def play(self, rate: int, seconds: float, *, bad: bool = False, counting: bool = False) -> Phase:
        """`bad`: one of the applications is dead and one is slow; they do not count."""
        self._turn += 1
        count, first = int(rate * (WARM_SECONDS + seconds)), self._first
        self._first += count
        hook, delivery, emitter = self._receiver(), self._delivery(self._turn), self._emitter(rate, count, first)
        await self._seed(hook, bad=bad)
        for name in ("auth", "delivery"):
            wanted = "all" if counting and name == "delivery" else "none"
            await self._admin.execute(f"alter database {name} set log_statement = '{wanted}'")
        log_from = self._base.postgres.log.stat().st_size
        self._base.start(hook, delivery)
        self._base.start(emitter)
        processes = {"producer": emitter, "delivery": delivery, "receiver": hook, "postgres": self._base.postgres}
        cpu, begun = {name: machine.cpu_seconds([one.pid]) for name, one in processes.items()}, time.monotonic()
        results = self._base.folder / f"emitter{self._turn}.times"
        while not results.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
        took = time.monotonic() - begun
        spent = {name: (machine.cpu_seconds([one.pid]) - cpu[name]) / took for name, one in processes.items()}
        drained = await self._drained(bad=bad)
        statements = _statements(self._base.postgres.log, log_from) / count if counting else 0.0
        came = await self._seen(hook)
        for process in (emitter, delivery, hook):
            process.stop()
        commits = array("q")
        commits.frombytes(results.read_bytes())
        return _phase(commits, came, first, int(rate * WARM_SECONDS), bad, drained, statements, spent)

    async def drain(self, count: int) -> tuple[float, int]:
        """Rows that wait when delivery starts: how many a second leave, and how many came twice."""
        self._turn += 1
        hook, delivery = self._receiver(), self._delivery(self._turn)
        await self._seed(hook, bad=False)
        first = self._first
        self._first += count
        body = b'{"data":{"sub":"42"},"event_id":"evt_0","event_type":"user.unlinked"}'
        now = "2026-01-01 00:00:00+00"
        await self._sql(
            f"""insert into webhook_outbox (client_id, event_id, event_type, occurred_at, raw_payload, form, kid,
                signature, enqueued_at, next_retry_at)
            select 'logi_' || lpad(to_hex(n % {APPS}), 32, '0'), 'evt_' || lpad(n::text, 26, '0'), 'user.unlinked',
                '{now}', '\\x{body.hex()}', 'legacy', 'whk_0', repeat('0', 64), now(), now()
            from generate_series({first}, {first + count - 1}) n"""  # noqa: S608
        )
        await self._sql("insert into lanes (client_id) select client_id from endpoints on conflict do nothing")
        self._base.start(hook)
        begun = time.monotonic()
        self._base.start(delivery)
        await self._drained(bad=False)
        took = time.monotonic() - begun
        came = await self._seen(hook)
        for process in (delivery, hook):
            process.stop()
        return count / took, len(came) // 2 - count

    def _receiver(self) -> Module:
        port = free_port()
        file = str(self._base.folder / f"receiver{self._turn}.times")
        hook = Module(f"receiver{self._turn}", self._base.folder, ["bench.receiver", str(port), file], {}, (port, "/"))
        self._hook_port = port
        return hook

    def _delivery(self, turn: int) -> Module:
        health = free_port()
        variables = {
            **self._base.common(),
            "LOGI_POSTGRES_URL": self.urls["delivery"],
            "LOGI_KEY_ENCRYPTION_KEYS": self._seal,
            "LOGI_OUTBOUND_HTTP_LOOPBACK": "true",
            "LOGI_HEALTH_PORT": str(health),
            "LOGI_LOG_LEVEL": "warning",
        }
        return Module(f"delivery{turn}", self._base.folder, ["services.delivery"], variables, (health, "/readyz"))

    def _emitter(self, rate: int, count: int, first: int) -> Module:
        health = free_port()
        variables = {
            **self._base.common(),
            "LOGI_POSTGRES_URL": self.urls["auth"],
            "LOGI_HEALTH_PORT": str(health),
            "LOGI_RATE": str(rate),
            "LOGI_COUNT": str(count),
            "LOGI_APPS": str(APPS),
            "LOGI_FIRST": str(first),
            "LOGI_RESULTS": str(self._base.folder / f"emitter{self._turn}.times"),
        }
        return Module(f"emitter{self._turn}", self._base.folder, ["bench.emitter"], variables, (health, "/readyz"))

    async def _seed(self, _: Module, *, bad: bool) -> None:
        root = f"http://{LOOPBACK}:{self._hook_port}"
        connection = await asyncpg.connect(self.urls["delivery"])
        await connection.execute("truncate webhook_outbox, webhook_attempts")
        await connection.execute("update lanes set failures = 0, open_until = null, held_by = null, held_until = null")
        await connection.execute(SEED, root, APPS)
        if bad:
            for number, path in ((0, "/dead"), (1, "/slow")):
                await connection.execute(
                    "update endpoints set webhook_url = $1 where client_id = $2", root + path, client_id(number)
                )
        await connection.close()

    async def _drained(self, *, bad: bool) -> float:
        """Seconds until nothing waits, but for those that cannot be delivered."""
        begun = time.monotonic()
        spared = [client_id(0), client_id(1)] if bad else []
        connection = await asyncpg.connect(self.urls["delivery"])
        while time.monotonic() - begun < PATIENCE_SECONDS:
            waiting = await connection.fetchval(
                """select exists (select from webhook_outbox where delivered_at is null and dlq_at is null
                    and skipped_at is null and client_id <> all($1::text[]))""",
                spared,
            )
            if not waiting:
                break
            await asyncio.sleep(0.05)
        await connection.close()
        return time.monotonic() - begun

    async def _seen(self, hook: Module) -> "array[int]":
        await asyncio.sleep(0.3)
        os.kill(hook.pid or 0, signal.SIGUSR1)
        file = self._base.folder / f"receiver{self._turn}.times"
        while not file.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
        came = array("q")
        came.frombytes(file.read_bytes())
        return came

    async def _sql(self, sql: str) -> None:
        connection = await asyncpg.connect(self.urls["delivery"])
        await connection.execute(sql)
        await connection.close()


def _phase(  # noqa: PLR0913, PLR0917 - all that a phase is made of
    commits: "array[int]",
    came: "array[int]",
    first: int,
    warm: int,
    bad: bool,
    drained: float,
    statements: float,
    spent: dict[str, float],
) -> Phase:
    arrived: dict[int, int] = {}
    twice = 0
    for number, at in zip(came[::2], came[1::2], strict=True):
        twice += number in arrived
        arrived.setdefault(number, at)
    counted = [n for n in range(len(commits)) if not (bad and (first + n) % APPS in (0, 1))]
    times = sorted((arrived[first + n] - commits[n]) / 1e6 for n in counted if n >= warm and first + n in arrived)
    missing = sum(first + n not in arrived for n in counted)
    return Phase(times, missing, twice, drained, statements, spent)


def _statements(log: object, start: int) -> int:
    with open(str(log), "rb") as lines:  # noqa: PTH123
        lines.seek(start)
        return sum(b"LOG:  execute" in line or b"LOG:  statement: " in line for line in lines)


def told(name: str, phase: Phase) -> str:
    percentiles = "  ".join(f"p{share:g} {phase.at(share / 100):.1f}" for share in (50, 95, 99))
    cpu = ", ".join(f"{part} {share:.2f}" for part, share in phase.cpu.items())
    return (
        f"{name}: {len(phase.times)} events; commit to receiver in ms: {percentiles}\n"
        f"    {phase.missing} missing, {phase.twice} twice, backlog empty after {phase.drained:.2f} s; cores: {cpu}"
    )


async def main(*, quick: bool) -> None:
    print(f"delivery: {machine.described()}\nPostgres with fsync and synchronous_commit on, {APPS} applications")
    with ground() as base:
        base.start(base.nats, base.postgres, base.sink())
        urls = {
            name: await databases.create(base.postgres.url, name, secrets.token_hex(12))
            for name in ("auth", "delivery")
        }
        stage = Stage(base, urls, await asyncpg.connect(base.postgres.url))
        await stage.prepare()
        slow = await stage.play(200, 5 if quick else 20)
        print(told("200/s", slow))
        fast = await stage.play(1000, 10 if quick else 60)
        print(told("1,000/s", fast))
        bad = await stage.play(200, 5 if quick else 20, bad=True)
        print(told("200/s, one dead and one slow", bad))
        counted = await stage.play(1000, 3 if quick else 5, counting=True)
        print(f"{counted.statements:.2f} SQL statements of delivery per delivered event at 1,000/s")
        rate, twice = await stage.drain(20_000 if quick else BACKLOG)
        print(f"backlog: {rate:.0f}/s, {twice} twice")
        page = await polling_page.measured(urls["delivery"], 200_000 if quick else 10_000_000)
        print(f"polling: page of 1,000 rows on a table of {page.rows:,}: p50 {page.p50:.1f} ms, p99 {page.p99:.1f} ms")
    print(machine.verdict("p95 at 200/s", slow.at(0.95), 25, " ms"))
    print(machine.verdict("p95 at 1,000/s", fast.at(0.95), 150, " ms"))
    print(machine.verdict("missing or twice", slow.missing + fast.missing + slow.twice + fast.twice, 0, ""))
    print(machine.verdict("backlog after 1,000/s", fast.drained, 1, " s"))
    print(machine.verdict("p95 with a dead and a slow one", bad.at(0.95) / slow.at(0.95), 1.1, " of that without"))
    print(machine.verdict("statements per event", counted.statements, 2, ""))
    print(machine.verdict("backlog drained", rate, 3000, "/s", least=True))
    print(machine.verdict("polling page p50", page.p50, 10, " ms"))


if __name__ == "__main__":
    asyncio.run(main(quick="--quick" in sys.argv[1:]))
