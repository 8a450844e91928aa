"""What auth does in a second, through the gateway and on Postgres, against a peer and against signing alone.

`python -m bench.auth [--quick]`. The peer is oidc-provider for Node with its store in memory; it and we are loaded in
turn within each round.
"""

import subprocess
import sys
from statistics import median
from typing import NamedTuple

import msgspec

from bench import machine
from bench.alone import hashes, signatures
from bench.asking import Ask, Found, Task
from bench.parties import Party, party
from bench.peer_process import AUDIENCE, CLIENT, peer
from bench.provider import Provider, provider
from deploy.local.home import ROOT

CONNECTIONS = 32
PARTS = ("gateway", "auth", "postgres", "nats", "redis")


class Slice(NamedTuple):
    """What one load came to; CPU in microseconds per request, by process."""

    found: Found
    cpu: dict[str, float]


def run(port: int, asks: list[Ask], seconds: float, connections: int = CONNECTIONS) -> Found:
    """The load client's account, from a process of its own."""
    task = msgspec.json.encode(Task(port, asks, connections, seconds))
    done = subprocess.run([sys.executable, "-m", "bench.asking"], input=task, cwd=ROOT, capture_output=True, check=True)
    found = msgspec.json.decode(done.stdout, type=Found)
    if found.wrong:
        print(f"  {found.wrong} refusals, the first: {found.first_wrong!r}")
    return found


def loaded(ours: Provider, asks: list[Ask], seconds: float, connections: int = CONNECTIONS) -> Slice:
    table = ours.table
    pids = {"postgres": table.postgres.pid, "nats": table.nats.pid, "redis": table.redis.pid}
    pids |= {name: ours.pid(name) for name in ("gateway", "auth")}
    before = {part: machine.cpu_seconds([pid]) for part, pid in pids.items()}
    found = run(ours.port, asks, seconds, connections)
    share = seconds / (seconds + 0.5) / max(1, found.count) * 1e6
    return Slice(found, {part: (machine.cpu_seconds([pid]) - before[part]) * share for part, pid in pids.items()})


def told(name: str, one: Slice) -> None:
    found = one.found
    cpu = "  ".join(f"{one.cpu[part]:>6.0f}" for part in PARTS)
    print(f"{name:22}{found.rate:8.0f}{found.p50:9.2f}{found.p99:9.2f}   {cpu}")


def tokens(ours: Provider, asks: dict[str, list[Ask]], port: int, seconds: float, times: int) -> list[float]:
    """The machine's tokens in turn with the peer's; our share of its rate in each round."""
    form = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={CLIENT}&resource={AUDIENCE}&scope=all"
    ratios = []
    for _ in range(times):
        one, other = loaded(ours, asks["client_credentials"], seconds), run(port, [Ask("/token", body=form)], seconds)
        told("client_credentials", one)
        print(f"{'  the peer':22}{other.rate:8.0f}{other.p50:9.2f}{other.p99:9.2f}")
        ratios.append(one.found.rate / other.rate)
    return ratios


def resident(pid: int) -> float:
    """Megabytes of memory at most since the process began."""
    status = (line.split() for line in open(f"/proc/{pid}/status"))  # noqa: PTH123, SIM115  procfs, read at once
    return next(int(words[1]) / 1024 for words in status if words[0] == "VmHWM:")


def main(*, quick: bool) -> None:
    seconds, times = (2.0, 2) if quick else (5.0, 4)
    print(f"auth: {machine.described()}\n{seconds} s for each, {CONNECTIONS} connections")
    with provider() as ours, peer() as port:
        made: Party = party(ours)
        print(f"\n{'':22}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}   CPU µs per request: {', '.join(PARTS)}")
        ratios = tokens(ours, made.asks, port, seconds, times)
        rates = {}
        for name in ("introspection", "refresh", "jwks", "discovery"):
            one = loaded(ours, made.asks[name], seconds)
            told(name, one)
            rates[name] = one.found.rate
        signing = loaded(ours, made.asks["sign_in"], seconds, 4)
        told("sign-in, 4 at once", signing)
        bare, memory = hashes(seconds), resident(ours.pid("auth"))
    alone = signatures(1.0)
    signed = ", ".join(f"{name} {rate:.0f}/s" for name, rate in alone.items())
    print(f"\nalone: {signed}, Argon2 {bare:.0f}/s\n")
    verdict = machine.verdict
    print(verdict("client_credentials, of the peer's rate", median(ratios), 0.45, "", least=True))
    print(verdict("introspection", rates["introspection"], 3000, "/s", least=True))
    print(verdict("refresh", rates["refresh"], 500, "/s", least=True))
    print(verdict("JWKS", rates["jwks"], 12000, "/s", least=True))
    print(verdict("discovery", rates["discovery"], 12000, "/s", least=True))
    print(verdict("sign-in, of the bare hash rate", signing.found.rate / bare, 0.8, "", least=True))
    print(verdict("memory of the auth process, at most", memory, 150, " MB"))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
