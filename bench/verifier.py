"""What verifier's probes cost: 1,000 verifications at once, the health of many relying parties, and hosts that hang.

`python -m bench.verifier [--quick]`. One verifier process as it is run, on a database and NATS of its own; name server
and web server are a process beside it, so their cost is not in its figures. TLS is real: a new session for each probe.
"""

import asyncio
import base64
import secrets
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg
import msgspec

from bench import internet, machine
from bench.ground import Ground, Module, ground
from chassis import nats_link
from chassis.problems import Problem
from chassis.vault import Vault
from chassis.wire import questions
from chassis.wire.call import Caller
from chassis.wire.frames import Request
from contracts import principal
from contracts.applications import Application, RedirectUri
from contracts.principal import Pak
from contracts.questions.auth import Applied
from contracts.questions.registry import ApplicationFor, VerificationApply
from deploy.local import databases
from deploy.local.process import free_port

MEMORY_MB, CORE_SHARE, HOURLY = 200, 0.05, 10_000
KEY, KEK = "benchmark", bytes(32)
ME = Pak(user_id=1, sub="1", role="developer", identity_verified_level=1, scopes=("apps:manage",), pak_id=1)


class Laid(NamedTuple):
    """The processes that are measured, and the database that says what came of it."""

    verifier: Module
    admin: asyncpg.Connection  # type: ignore[type-arg] # of records
    nats_url: str


class Spent(NamedTuple):
    seconds: float
    cpu: float


def an_application(number: int, host: str) -> Application:
    now = datetime.now(UTC)
    return Application(
        id=number,
        client_id=f"logi_{number:032x}",
        version=1,
        name="Bench",
        client_type="public",
        token_endpoint_auth_method="none",
        redirect_uris=(RedirectUri(uri=f"https://{host}.{internet.DOMAIN}/cb", uri_class="production"),),
        allowed_scopes=("openid",),
        status="pending",
        created_at=now,
        updated_at=now,
    )


async def verifications(laid: Laid, count: int) -> Spent:
    """All of them asked for at once; who is told that verifier is busy asks again, as the gateway's callers do."""
    link = await nats_link.connect(laid.nats_url, name="bench")

    async def application(question: ApplicationFor) -> Application:
        return an_application(question.application_id, f"h{question.application_id}")

    async def stamp(_: VerificationApply) -> Applied:
        return Applied(2)

    answering = [
        await questions.answer(link, "registry", ApplicationFor, application, 2000),
        await questions.answer(link, "registry", VerificationApply, stamp, 2000),
    ]
    began, cpu = time.perf_counter(), machine.cpu_seconds([laid.verifier.pid])
    async with Caller(link) as caller:
        done = await asyncio.gather(*(_verified(caller, number) for number in range(1, count + 1)))
    spent = Spent(time.perf_counter() - began, machine.cpu_seconds([laid.verifier.pid]) - cpu)
    for each in answering:
        await each.drain()
    await link.close()
    if not all(done):
        raise RuntimeError(f"{done.count(False)} of {count} were not verified")
    return spent


async def _verified(caller: Caller, number: int) -> bool:
    body = msgspec.json.encode({"uri": internet.uri(number)})
    request = Request(
        method="POST",
        path=f"/api/v1/applications/{number}/verify_redirect_uri".encode(),
        query=b"",
        headers=[(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        client="192.0.2.7",
        scheme="http",
        host="localhost",
        principal=principal.encode(ME),
        budget_ms=60_000,
        body=body,
    )
    while True:
        try:
            reply = await caller.exchange("verifier", "probe", request)
        except Problem as problem:
            if problem.status != 503:
                raise
            await asyncio.sleep(0.05 + 0.2 * secrets.randbelow(100) / 100)
            continue
        if reply.status != 200:
            raise RuntimeError(f"{reply.status}: {reply.body[:200]!r}")
        return bool(msgspec.json.decode(reply.body)["verified"])


async def health(laid: Laid, first: int, healthy: int, hanging: int) -> Spent:
    """So many are due at once; the time until every healthy one is green. Those that hang were red before."""
    vault = Vault({"v1": KEK}, "v1")
    rows = [(first + number, f"h{first + number}", "pending") for number in range(healthy)]
    rows += [(first + healthy + number, f"hang{first + number}", "red") for number in range(hanging)]
    await laid.admin.executemany(
        "insert into rp_health_secrets (application_id, current, made_at) values ($1, $2, now())",
        [(number, vault.seal(b"secret", f"rp_health/{number}")) for number, _, _ in rows],
    )
    began, cpu = time.perf_counter(), machine.cpu_seconds([laid.verifier.pid])
    await laid.admin.executemany(
        """
        insert into rp_health (application_id, client_id, application_version, uris, enabled, state, since, host,
            next_probe_at) values ($1, $2, 1, array[$3::text], true, $4, now(), $5, now())
        """,
        [
            (n, f"logi_{n:032x}", f"https://{host}.{internet.DOMAIN}/cb", state, f"{host}.{internet.DOMAIN}")
            for n, host, state in rows
        ],
    )
    left = "select count(*) from rp_health where application_id between $1 and $2 and state <> 'green'"
    while True:
        if not await laid.admin.fetchval(left, first, first + healthy - 1):
            break
        await asyncio.sleep(0.05)
    spent = Spent(time.perf_counter() - began, machine.cpu_seconds([laid.verifier.pid]) - cpu)
    await laid.admin.execute("update rp_health set next_probe_at = null")
    return spent


def peak_mb(process: Module) -> float:
    """The most that it ever held in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def lay(base: Ground) -> Laid:
    port = _port_for_both()
    key_setting = f"v1:{base64.b64encode(KEK).decode()}"
    url = await databases.create(base.postgres.url, "verifier", secrets.token_hex(12))
    world = Module("internet", base.folder, ["bench.internet", str(port), str(base.folder), KEY], {}, (port + 1, "/"))
    base.start(world)
    ready = free_port()
    variables = {
        **base.common(),
        "LOGI_HEALTH_PORT": str(ready),
        "LOGI_POSTGRES_URL": url,
        "LOGI_SECRET_KEY_BASE": KEY,
        "LOGI_KEY_ENCRYPTION_KEYS": key_setting,
        "LOGI_OUTBOUND_LOOPBACK_ADDRESSES": "127.0.0.1",
        "LOGI_OUTBOUND_NAMESERVERS": f"127.0.0.1:{port}",
        "LOGI_OUTBOUND_EXTRA_CA": str(base.folder / "ca.pem"),
        "LOGI_OUTBOUND_PORT_MAP": f"443:{port}",
    }
    verifier = Module("verifier", base.folder, ["services.verifier"], variables, (ready, "/readyz"))
    base.start(verifier)
    return Laid(verifier, await asyncpg.connect(url), base.nats.url)


def _port_for_both() -> int:
    """A port that UDP has free as well, with its follower."""
    while True:
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as follower:
            try:
                udp.bind(("127.0.0.1", port))
                follower.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


async def main(*, quick: bool) -> None:
    count = 200 if quick else 1000
    print(f"verifier: {machine.described()}")
    with ground() as base:
        base.start(base.nats, base.redis, base.postgres, base.sink())
        laid = await lay(base)
        resting = peak_mb(laid.verifier)
        verified = await verifications(laid, count)
        memory = peak_mb(laid.verifier)
        each = verified.cpu / count * 1000
        print(f"{count} verifications at once: {verified.seconds:.1f} s, {each:.1f} ms of CPU each")
        print(f"memory: {resting:.0f} MB at rest, {memory:.0f} MB at most")
        alone = await health(laid, 100_000, count, 0)
        beside = await health(laid, 200_000, count, count // 5)
        each = alone.cpu / count * 1000
        print(f"{count} health checks: {alone.seconds:.1f} s, {each:.1f} ms of CPU each")
        print(f"the same beside {count // 5} hosts that hang: {beside.seconds:.1f} s\n")
        await laid.admin.close()
    share = alone.cpu / count * HOURLY / 3600
    print(machine.verdict(f"memory over {count} verifications at once", memory, MEMORY_MB, " MB"))
    print(machine.verdict(f"of one core for {HOURLY} health checks an hour", share, CORE_SHARE, ""))
    print(machine.verdict("time beside hanging hosts, of that without", beside.seconds / alone.seconds, 2.5, ""))


if __name__ == "__main__":
    asyncio.run(main(quick="--quick" in sys.argv[1:]))
