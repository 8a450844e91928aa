"""From the commit of an event to the relying party's webhook endpoint, by way of outbox, NATS, fan-out and dispatch.

`python -m bench.delivery [--quick | --soak]`. Postgres with fsync on; producer, delivery, databases, receivers and this
program share the machine's cores. Its time runs from the moment the announcing transaction sends its commit to the
moment the whole request has been read by the receiver.
"""

import asyncio
import secrets
import sys

from bench import machine, polling_page
from bench.ground import ground
from bench.stage import APPS, Phase, Stage
from deploy.local import databases

BACKLOG = 100_000
SOAK_RATE, SOAK_SECONDS = 200, 600


def told(name: str, phase: Phase) -> str:
    percentiles = "  ".join(f"p{share:g} {phase.at(share / 100):.1f}" for share in (50, 95, 99))
    cpu = ", ".join(f"{part} {share:.2f}" for part, share in phase.cpu.items())
    return (
        f"{name}: {len(phase.times)} events; commit to receiver in ms: {percentiles}\n"
        f"    {phase.missing} missing, {phase.twice} twice, backlog empty after {phase.drained:.2f} s; cores: {cpu}"
    )


async def side_by_side(stage: Stage, seconds: float) -> tuple[float, list[Phase]]:
    """The p95 of 98 receivers with a dead and a slow one beside them, over that without.

    In turns, and of three on each side the middle one: a busy minute of the machine makes more of a difference.
    """
    phases = [await stage.play(200, seconds, bad=bad) for _ in range(3) for bad in (False, True)]
    for phase, name in zip(phases, ["200/s", "200/s, one dead and one slow"] * 3, strict=True):
        print(told(name, phase), flush=True)
    well, bad = (sorted(phase.at(0.95) for phase in phases[start::2])[1] for start in (0, 1))
    return bad / well, phases


async def speed(stage: Stage, *, quick: bool) -> None:
    ratio, phases = await side_by_side(stage, 4 if quick else 15)
    slow = sorted(phases[::2], key=lambda phase: phase.at(0.95))[1]
    fast = await stage.play(1000, 10 if quick else 60)
    print(told("1,000/s", fast), flush=True)
    counted = [await stage.play(rate, 5, counting=True) for rate in (200, 1000)]
    for phase, rate in zip(counted, ("200/s", "1,000/s"), strict=True):
        print(f"{phase.statements:.2f} SQL statements of delivery per delivered event at {rate}", flush=True)
    backlog = await stage.drain(20_000 if quick else BACKLOG)
    cpu = ", ".join(f"{part} {each:.0f}" for part, each in backlog.cpu.items())
    print(f"backlog: {backlog.rate:.0f}/s, {backlog.twice} twice; µs of CPU for each: {cpu}", flush=True)
    page = await polling_page.measured(stage.urls["delivery"], 200_000 if quick else 10_000_000)
    print(f"polling: page of 1,000 rows on a table of {page.rows:,}: p50 {page.p50:.1f} ms, p99 {page.p99:.1f} ms")
    print(machine.verdict("p95 at 200/s, the middle one of three", slow.at(0.95), 25, " ms"))
    print(machine.verdict("p95 at 1,000/s", fast.at(0.95), 150, " ms"))
    print(machine.verdict("missing or twice", sum(one.missing + one.twice for one in (*phases[::2], fast)), 0, ""))
    print(machine.verdict("backlog after 1,000/s", fast.drained, 1, " s"))
    print(machine.verdict("p95 with a dead and a slow one", ratio, 1.1, " of that without"))
    print(machine.verdict("statements per event at 1,000/s", counted[1].statements, 2, ""))
    print(machine.verdict("backlog drained", backlog.rate, 3000, "/s", least=True))
    print(machine.verdict("polling page p50", page.p50, 10, " ms"))


async def soak(stage: Stage) -> None:
    """Ten minutes, and what delivery's memory did meanwhile."""
    phase = await stage.play(SOAK_RATE, SOAK_SECONDS)
    print(told(f"{SOAK_RATE}/s for {SOAK_SECONDS // 60} minutes", phase))
    start, middle, end = (phase.memory[at] for at in (0, len(phase.memory) // 2, -1))
    print(f"memory of delivery in MiB: {start:.1f} after the warm-up, {middle:.1f} at half-time, {end:.1f} at the end")
    print(machine.verdict("missing or twice", phase.missing + phase.twice, 0, ""))
    print(machine.verdict("growth of memory in the second half", end - middle, 2, " MiB"))


async def main(words: list[str]) -> None:
    print(f"delivery: {machine.described()}\nPostgres with fsync and synchronous_commit on, {APPS} applications")
    with ground() as base:
        base.start(base.nats, base.postgres, base.sink())
        urls = {
            name: await databases.create(base.postgres.url, name, secrets.token_hex(12))
            for name in ("auth", "delivery")
        }
        stage = Stage(base, urls)
        await stage.prepare()
        if "--soak" in words:
            await soak(stage)
        else:
            await speed(stage, quick="--quick" in words)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
