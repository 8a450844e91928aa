"""Run inside a network namespace of its own, by test_namespace: there public and private addresses are all ours.

Verifier's two probes look with production's policy, on port 443, and what they found and whom they reached is printed.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from chassis.clock import SystemClock
from chassis.outbound import Outbound, Policy
from chassis.settings import Secret
from services.verifier.health.probe import Caller
from services.verifier.health.secrets import Secrets
from services.verifier.health.target import Target
from services.verifier.perspectives.look import Look, Outlook
from services.verifier.proof.prove import Prover
from services.verifier.proof.txt import Names
from tests.chassis.outbound.hostile import Authority, Server, answering, redirecting
from tests.verifier.zone import Zone, a_zone

PUBLIC, PUBLIC_6 = "93.184.215.14", "2606:2800:21f::1"
INSIDE = ("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "fd00::1")
VALUE = "ab" * 32


class Street:
    """One TLS server on port 443 of every address."""

    def __init__(self, authority: Authority, zone: Zone) -> None:
        self.authority, self.zone = authority, zone
        self.servers: dict[str, Server] = {}
        self.behaviours: dict[str, Any] = {}

    async def build(self, stack: AsyncExitStack) -> None:
        for address in (PUBLIC, PUBLIC_6, "127.0.0.1", *INSIDE):
            await self._house(stack, address)

    async def _house(self, stack: AsyncExitStack, address: str) -> None:
        reached = self.servers[address] = Server(443)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.connections += 1
            reached.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await self.behaviours.get(address, answering(VALUE.encode()))(reader, writer)
            writer.close()

        listener = await asyncio.start_server(serve, address, 443, ssl=self.authority.serves("rp.example"))
        stack.callback(listener.close)

    def reached(self) -> list[str]:
        """Who was called since the last look."""
        found = [address for address, server in self.servers.items() if server.connections]
        for server in self.servers.values():
            server.connections = 0
        return found


def addresses() -> None:
    for command in (
        ["link", "set", "lo", "up"],
        *(["addr", "add", a, "dev", "lo"] for a in (PUBLIC, PUBLIC_6, *INSIDE)),
    ):
        subprocess.run(["ip", *command], check=True)


async def look(street: Street, answers: list[list[str]], behaviour: Any = None) -> dict[str, Any]:
    """What both probes make of a name that resolves so, and whom they reached."""
    policy = Policy(nameservers=(street.zone.address,), extra_ca=street.authority.pem)
    street.behaviours = {} if behaviour is None else {PUBLIC: behaviour}
    outbound = Outbound(policy)
    try:
        street.zone.set("rp.example", *answers)
        outlook = Outlook(Prover(Names(policy.nameservers), outbound, SystemClock()), policy)
        finding = await outlook.look(Look(host="rp.example", challenges=(VALUE,)))
        proved = street.reached()
        street.zone.set("rp.example", *answers)
        caller = Caller(outbound, SystemClock(), pause=0)
        secrets = Secrets(Secret("x"), None)
        seen = await caller.observe(Target("rp.example", "https://rp.example/x"), "logi_1", secrets)
        return {
            "proof": finding.wellknown_reason or finding.method,
            "proof_reached": proved,
            "health": seen.reason,
            "health_reached": street.reached(),
        }
    finally:
        await outbound.stop()


async def main() -> None:
    addresses()
    await asyncio.sleep(1.5)  # IPv6 addresses are usable once nobody else claims them
    with tempfile.TemporaryDirectory() as folder:
        async with a_zone() as zone, AsyncExitStack() as stack:
            street = Street(Authority(Path(folder)), zone)
            await street.build(stack)
            found = {
                "public": await look(street, [[PUBLIC]]),
                "public both": await look(street, [[PUBLIC, PUBLIC_6]]),
                "loopback": await look(street, [["127.0.0.1"]]),
                "mixed": await look(street, [[PUBLIC, "10.0.0.1"]]),
                "rebinding": await look(street, [[PUBLIC], ["10.0.0.1"]]),
                "redirect": await look(street, [[PUBLIC]], redirecting("https://10.0.0.1/")),
                **{address: await look(street, [[address]]) for address in INSIDE},
                "mapped": await look(street, [["::ffff:10.0.0.1"]]),
            }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main())
