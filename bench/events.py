"""From the commit of a change to its effect in another service's database, by way of outbox, relay and NATS.

`python -m bench.events [--quick]`. Two processes with a database each on one Postgres that syncs every commit; log
lines, metrics and 10 % of traces as in production. An effect counts when the transaction that wrote it has committed,
and its time runs from the moment the announcing transaction sends its commit.
"""

import asyncio
import secrets
import sys
import time
from array import array
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench import machine
from bench.ground import Ground, Module, ground
from deploy.local import databases
from deploy.local.process import free_port

SLOW_P99_MS, FAST_P95_MS = 20.0, 150.0
"""The targets at 100/s and at 1,000/s."""

WARM_SECONDS = 3.0
"""Of changes that are made and not counted: the follower finds its producer, plans are prepared."""

PATIENCE_SECONDS = 30.0
SOON_SECONDS = 1.0
"""A backlog counts as empty when nothing is missing so soon after the last commit."""

PARTS = ("announcer", "follower", "postgres", "nats")


class Phase(NamedTuple):
    """What one rate came to; times in milliseconds, CPU in seconds per second."""

    rate: float
    times: list[float]
    missing: int
    twice: int
    drained: float
    statements: float
    transactions: float
    cpu: dict[str, float]

    def at(self, share: float) -> float:
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))]


class Stage:
    """Both processes, anew for each phase, on databases that stay."""

    def __init__(self, base: Ground, urls: dict[str, str], admin: asyncpg.Connection) -> None:
        self._base, self._urls, self._admin = base, urls, admin
        self._turn = 0

    async def play(self, rate: int, seconds: float, *, counting: bool = False) -> Phase:
        """`counting` has Postgres write down every statement, which costs: its times mean nothing then."""
        await self._clear(counting=counting)
        warm = int(rate * WARM_SECONDS)
        count = warm + int(rate * seconds)
        announcer, follower = self._processes(rate, count)
        log_from = self._base.postgres.log.stat().st_size
        self._base.start(announcer, follower)
        begun, cpu, transactions = time.monotonic(), self._cpu(announcer, follower), await self._transactions()
        results = self._base.folder / f"announcer{self._turn}.times"
        while not results.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.1)
        took = time.monotonic() - begun
        spent = {part: (now - cpu[part]) / took for part, now in self._cpu(announcer, follower).items()}
        drained = await self._drain(count)
        transactions = await self._transactions() - transactions
        for process in (announcer, follower):
            process.stop()
        statements = _statements(self._base.postgres.log, log_from) if counting else 0
        commits, effects = array("q"), array("q")
        commits.frombytes(results.read_bytes())
        effects.frombytes((self._base.folder / f"follower{self._turn}.times").read_bytes())
        applied = dict(zip(effects[::2], effects[1::2], strict=True))
        times = sorted((applied[one] - commits[one]) / 1e6 for one in range(warm, count) if one in applied)
        return Phase(
            rate=(count - warm - 1) / ((max(commits) - commits[warm]) / 1e9),
            times=times,
            missing=count - len(applied),
            twice=await self._follower("select count(*) from copies where times > 1"),
            drained=drained,
            statements=statements / count,
            transactions=transactions / count,
            cpu=spent,
        )

    def _processes(self, rate: int, count: int) -> tuple[Module, Module]:
        self._turn += 1
        made = []
        for name in ("announcer", "follower"):
            health = free_port()
            variables = {
                **self._base.common(),
                "LOGI_POSTGRES_URL": self._urls[name],
                "LOGI_HEALTH_PORT": str(health),
                "LOGI_RATE": str(rate),
                "LOGI_COUNT": str(count),
                "LOGI_RESULTS": str(self._base.folder / f"{name}{self._turn}.times"),
            }
            arguments = [f"bench.{name}"]
            made.append(Module(f"{name}{self._turn}", self._base.folder, arguments, variables, (health, "/readyz")))
        return made[0], made[1]

    async def _clear(self, *, counting: bool) -> None:
        await self._admin.execute(f"alter system set log_statement = '{'all' if counting else 'none'}'")
        await self._admin.execute("select pg_reload_conf()")
        for url, table in ((self._urls["announcer"], "things"), (self._urls["follower"], "copies")):
            connection = await asyncpg.connect(url)
            await connection.execute(
                f"do $$ begin if to_regclass('{table}') is not null then truncate {table}; end if; end $$"
            )
            await connection.close()

    async def _drain(self, count: int) -> float:
        """Seconds until the last effect; PATIENCE_SECONDS at most."""
        begun = time.monotonic()
        while await self._follower("select count(*) from copies") < count:
            if time.monotonic() - begun > PATIENCE_SECONDS:
                break
            await asyncio.sleep(0.02)
        return time.monotonic() - begun

    async def _follower(self, sql: str) -> int:
        connection = await asyncpg.connect(self._urls["follower"])
        try:
            return int(await connection.fetchval(sql))
        finally:
            await connection.close()

    async def _transactions(self) -> int:
        return int(await self._admin.fetchval("select sum(xact_commit) from pg_stat_database"))

    def _cpu(self, announcer: Module, follower: Module) -> dict[str, float]:
        processes = (announcer, follower, self._base.postgres, self._base.nats)
        return {part: machine.cpu_seconds([process.pid]) for part, process in zip(PARTS, processes, strict=True)}


def _statements(log: Path, start: int) -> int:
    """Lines in which Postgres tells of a statement; BEGIN and COMMIT are statements as well."""
    with log.open("rb") as lines:
        lines.seek(start)
        return sum(b"LOG:  execute" in line or b"LOG:  statement: " in line for line in lines)


def told(name: str, phase: Phase) -> str:
    percentiles = "  ".join(f"p{share:g} {phase.at(share / 100):.1f}" for share in (50, 95, 99, 99.9))
    cpu = ", ".join(f"{part} {share:.2f}" for part, share in phase.cpu.items())
    return (
        f"{name}: {len(phase.times)} events at {phase.rate:.0f}/s; commit to effect in ms: {percentiles}  "
        f"max {phase.times[-1]:.1f}\n    {phase.missing} missing, {phase.twice} twice, backlog empty after "
        f"{phase.drained:.2f} s; cores used: {cpu}"
    )


async def main(*, quick: bool) -> None:
    print(f"events: {machine.described()}\nPostgres with fsync and synchronous_commit on")
    slow, fast = (5.0, 8.0) if quick else (30.0, 60.0)
    with ground() as base:
        base.start(base.nats, base.postgres, base.sink())
        names = ("announcer", "follower")
        urls = {name: await databases.create(base.postgres.url, name, secrets.token_hex(12)) for name in names}
        admin = await asyncpg.connect(base.postgres.url)
        stage = Stage(base, urls, admin)
        hundred = await stage.play(100, slow)
        print(told("100/s", hundred))
        thousand = await stage.play(1000, fast)
        print(told("1,000/s", thousand))
        for rate in (100, 1000):
            counted = await stage.play(rate, 1.0 if quick else 4.0, counting=True)
            print(
                f"{rate}/s: {counted.statements:.1f} statements and {counted.transactions:.2f} transactions per event"
            )
        await admin.close()
    print(machine.verdict("p99 at 100/s", hundred.at(0.99), SLOW_P99_MS, " ms"))
    print(machine.verdict("p95 at 1,000/s", thousand.at(0.95), FAST_P95_MS, " ms"))
    print(machine.verdict("rate held", thousand.rate, 990, "/s", least=True))
    print(machine.verdict("events missing or applied twice", thousand.missing + thousand.twice, 0, ""))
    print(machine.verdict("backlog empty after", thousand.drained, SOON_SECONDS, " s"))


if __name__ == "__main__":
    asyncio.run(main(quick="--quick" in sys.argv[1:]))
