"""What gateway and NATS cost: an echo through both against the same Litestar app served directly by uvicorn.

`python -m bench.transport [--quick]`. All ways are up at once and are loaded in turn, round after round, so that a
machine that gets slower gets slower for all of them; a ratio is always one within a round.
"""

import json
import subprocess
import sys
from statistics import median
from typing import NamedTuple

import msgspec

from bench import echo, machine
from bench.ground import Ground, Module, ground
from bench.load import WARM_SECONDS
from deploy.local.home import ROOT
from deploy.local.process import Process, free_port

RATIO, ADDED_MS = 0.30, 0.7
"""The targets: share of the direct rate at 32 connections, and p50 added at one."""

LIMITED = {"public": [{"name": "public", "quota": 1_000_000_000, "window": "60s", "key": ["ip"]}]}

SILENT = {"LOGI_LOG_LEVEL": "error"}
UNTRACED = {"LOGI_OTLP_ENDPOINT": ""}
NOTHING = {**SILENT, **UNTRACED}
"""Metrics stay on everywhere: there is no way of the platform without them, and a record takes a microsecond."""


class Way(NamedTuple):
    """How a request may go, and what is switched off on it."""

    name: str
    off: dict[str, str]
    limited: bool = False
    direct: str = ""


WAYS = (
    Way("direct", NOTHING, direct="bare"),
    Way("direct, told", {}, direct="told"),
    Way("wire alone", NOTHING),
    Way("wire + limits", NOTHING, limited=True),
    Way("wire + logs", UNTRACED),
    Way("wire + traces", SILENT),
    Way("all", {}, limited=True),
)
QUICK = ("direct", "wire alone", "all")


class Laid(NamedTuple):
    """A way with its processes up."""

    way: Way
    port: int
    processes: dict[str, Process]


class Slice(NamedTuple):
    """What one load of one way came to; times in milliseconds, CPU in microseconds per request."""

    rate: float
    p50: float
    p99: float
    wrong: int
    cpu: dict[str, float]


def lay(base: Ground, number: int, way: Way) -> Laid:
    """Processes of one way, not yet started."""
    port, folder = free_port(), base.folder / str(number)
    name = f"echo{number}"
    shared = {**base.common(), **way.off, "LOGI_NAME": name, "LOGI_PORT": str(port)}
    if way.direct:
        variables = {**shared, "LOGI_HEALTH_PORT": "1"}
        served = Module(name, folder, ["bench.echo", way.direct], variables, (port, echo.PATH))
        return Laid(way, port, {"service": served})
    (folder / name).mkdir(parents=True)
    rate = "public" if way.limited else "none"
    (folder / name / "routes.json").write_bytes(msgspec.json.encode(echo.routes(name, rate)))
    (folder / "limits.json").write_bytes(msgspec.json.encode(LIMITED))
    inside, outside = free_port(), free_port()
    gate = {**shared, "LOGI_SERVICES": str(folder), "LOGI_LIMITS_FILE": str(folder / "limits.json")}
    return Laid(
        way,
        port,
        {
            "gateway": Module(
                f"gateway{number}",
                folder,
                ["gateway"],
                {**gate, "LOGI_HEALTH_PORT": str(outside)},
                (outside, "/readyz"),
            ),
            "service": Module(
                name,
                folder,
                ["bench.echo", "service"],
                {**shared, "LOGI_HEALTH_PORT": str(inside)},
                (inside, "/readyz"),
            ),
            "nats": base.nats,
            "redis": base.redis,
        },
    )


def run(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """The load client's account, from a process of its own."""
    command = [sys.executable, "-m", "bench.load", str(port), path, str(connections), str(seconds)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def load(laid: Laid, connections: int, seconds: float) -> Slice:
    before = {part: machine.cpu_seconds([process.pid]) for part, process in laid.processes.items()}
    found = run(laid.port, echo.PATH, connections, seconds)
    # The warm-up takes CPU too and is not among the requests that are counted.
    share = seconds / (seconds + WARM_SECONDS) / max(1, found["count"]) * 1e6
    cpu = {
        part: (machine.cpu_seconds([process.pid]) - before[part]) * share for part, process in laid.processes.items()
    }
    return Slice(found["rate"], found["p50"], found["p99"], int(found["wrong"]), cpu)


def rounds(ways: list[Laid], connections: int, seconds: float, times: int) -> dict[str, list[Slice]]:
    """Every way once in each round, forwards and backwards in turn."""
    found: dict[str, list[Slice]] = {laid.way.name: [] for laid in ways}
    for turn in range(times):
        for laid in ways if turn % 2 == 0 else reversed(ways):
            found[laid.way.name].append(load(laid, connections, seconds))
    return found


def table(found: dict[str, list[Slice]]) -> str:
    """A line per way: medians over the rounds."""
    parts = ("gateway", "nats", "redis", "service")
    lines = [f"{'':16}{'req/s':>8}{'of direct':>11}{'p50 ms':>9}{'p99 ms':>9}   CPU µs per request: {', '.join(parts)}"]
    for name, slices in found.items():
        ratio = median(one.rate / direct.rate for one, direct in zip(slices, found["direct"], strict=True))
        rate, p50, p99 = (median(getattr(one, field) for one in slices) for field in ("rate", "p50", "p99"))
        cpu = [median(one.cpu.get(part, 0.0) for one in slices) for part in parts]
        wrong = sum(one.wrong for one in slices)
        told = "  ".join(f"{part:>5.0f}" for part in cpu) + (f"   {wrong} WRONG ANSWERS" if wrong else "")
        lines.append(f"{name:16}{rate:8.0f}{ratio:10.0%} {p50:9.2f}{p99:9.2f}   {told}")
    return "\n".join(lines)


def added(found: dict[str, list[Slice]], name: str) -> float:
    """Milliseconds of p50 beyond the direct way's in the same round."""
    return median(one.p50 - direct.p50 for one, direct in zip(found[name], found["direct"], strict=True))


def free(found: dict[str, list[Slice]], cores: int) -> float:
    """The share of the direct rate that the CPU times alone would allow, were nothing else on the machine."""
    spent = {part: median(one.cpu[part] for one in found["all"]) for part in ("gateway", "nats", "redis", "service")}
    bound = max(*spent.values(), sum(spent.values()) / cores)
    return median(one.cpu["service"] for one in found["direct"]) / bound


def main(*, quick: bool) -> None:
    wanted = [way for way in WAYS if not quick or way.name in QUICK]
    seconds, times = (1.5, 2) if quick else (3.0, 5)
    print(f"transport: {machine.described()}\n{times} rounds, {seconds} s for each way, interleaved")
    with ground() as base:
        base.start(base.nats, base.redis, base.sink())
        ways = [lay(base, number, way) for number, way in enumerate(wanted)]
        own = (base.nats, base.redis)
        base.start(*(process for laid in ways for process in laid.processes.values() if process not in own))
        ceiling = run(base.sink_port, "/", 32, 1.0)["rate"]
        print(f"the load client alone reaches {ceiling:.0f} req/s against a socket that only answers\n")
        busy = rounds(ways, 32, seconds, times)
        print(f"32 connections\n{table(busy)}\n")
        single = rounds([laid for laid in ways if laid.way.name in QUICK], 1, seconds * 0.6, times)
        print(f"1 connection\n{table(single)}\n")
    ratio = median(one.rate / direct.rate for one, direct in zip(busy["all"], busy["direct"], strict=True))
    print(machine.verdict("rate of all, of the direct rate", ratio, RATIO, "", least=True))
    print(f"      the CPU times above allow {free(busy, machine.cores()):.0%} where nothing else runs")
    print(machine.verdict("p50 added at one connection", added(single, "all"), ADDED_MS, " ms"))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
