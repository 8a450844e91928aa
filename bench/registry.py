"""Registry as its callers meet it, on a local stack of its own: lists, creates, and how soon a change is everywhere.

`python -m bench.registry`. The gateway's limits are lifted; logs and traces are as in production.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import asyncpg
import httpx

from bench import machine, registry_instance
from bench.registry_instance import Instance
from deploy.local.home import ROOT

PORT = 18560
ORGANIZATION = 10_000
"""Apps of the organisation whose lists are read."""

FIRST_PAGE_MS, READS, CREATES, LAG_MS = 5.0, 3000.0, 300.0, 20.0
CHANGES, CHANGING_SECONDS = 100, 8.0


class Timed(NamedTuple):
    rate: float
    p50: float
    p99: float


def main() -> None:
    print(machine.described())
    with tempfile.TemporaryDirectory(prefix="logi-bench-") as folder:
        limits = json.loads((ROOT / "gateway" / "limits.json").read_text())
        for policy in (policy for policies in limits.values() for policy in policies):
            policy["quota"] *= 1_000_000
        (Path(folder) / "limits.json").write_text(json.dumps(limits))
        told = {
            **os.environ,
            "LOGI_HOME": f"{folder}/home",
            "LOGI_PORT": str(PORT),
            "LOGI_LIMITS_FILE": f"{folder}/limits.json",
            "LOGI_TRACE_RATIO": "0.1",
        }
        _command("up", told)
        try:
            asyncio.run(measured(Path(folder) / "home"))
        finally:
            _command("reset", told)


def _command(word: str, told: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "deploy.local", word], cwd=ROOT, env=told, check=True, capture_output=True)


async def measured(home: Path) -> None:
    known = json.loads((home / "credentials.json").read_bytes())
    async with registry_instance.running(home) as instance:
        pak = await registry_instance.a_key(home)
        last = await _filled(instance, pak.user_id)
        await lists(pak.secret, last)
        await creates(instance)
        await changes(instance)
    assert known["issuer"].endswith(str(PORT))


async def lists(key: str, last: int) -> None:
    """First page, a page in the middle by key, and both mixed with single apps at full speed."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", headers=headers, timeout=30) as http:
        middle = last - ORGANIZATION // 2

        def get(path: str) -> Callable[[], Awaitable[None]]:
            async def asked() -> None:
                answer = await http.get(path)
                assert answer.status_code == 200, answer.text

            return asked

        first = await timed(get("/api/v1/applications"), 1, 3)
        deep = await timed(get(f"/api/v1/applications?cursor={middle}"), 1, 3)
    print(machine.verdict("first page of 50, one at a time, p50", first.p50, FIRST_PAGE_MS, " ms"))
    print(machine.verdict("page after 5,000 apps by key, p50", deep.p50, first.p50 * 1.25, " ms"))
    for name, path in (
        ("show", f"/api/v1/applications/{last}"),
        ("list of 10", "/api/v1/applications?per_page=10"),
        ("list of 50", "/api/v1/applications"),
    ):
        rate = await _loaded(key, path)
        print(machine.verdict(f"{name}, 32 connections", rate, READS, "/s", least=True))


async def _loaded(key: str, path: str) -> float:
    """By two load processes would be fairer on more cores; here the one of bench.registry_load takes little."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.registry_load", str(PORT), path, key, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    said, _ = await process.communicate()
    found = json.loads(said)
    assert found["wrong"] == 0, found
    return float(found["rate"])


async def creates(instance: Instance) -> None:
    """Risk, audit, event, and the wait for auth, delivery and verifier; nine apps a developer, as the limits allow."""
    for at_once in (1, 32):
        done = await timed(instance.create, at_once, 5)
        label = f"create, {at_once} at a time (p50 {done.p50:.1f}, p99 {done.p99:.1f} ms)"
        print(machine.verdict(label, done.rate, CREATES, "/s", least=True))


async def changes(instance: Instance) -> None:
    """A hundred changes a second, each due at its time; the wait for the effect is told apart from the change."""
    apps = [await instance.create() for _ in range(50)]
    began, running = time.perf_counter(), []
    for number in range(int(CHANGES * CHANGING_SECONDS)):
        await asyncio.sleep(max(0.0, began + number / CHANGES - time.perf_counter()))
        running.append(asyncio.create_task(instance.change(apps[number % len(apps)])))
    found = [await each for each in running]
    waits = sorted(wait * 1000 for _, wait in found)
    commits = sorted(commit * 1000 for commit, _ in found)
    print(machine.verdict("commit to effect in auth, p99 at 100/s", _at(waits, 0.99), LAG_MS, " ms"))
    print(
        f"      the change itself p50 {median(commits):.1f} p99 {_at(commits, 0.99):.1f} ms; "
        f"waiting for auth adds p50 {median(waits):.1f} p99 {_at(waits, 0.99):.1f} ms"
    )


async def timed(work: Callable[[], Awaitable[object]], at_once: int, seconds: float) -> Timed:
    """So many at a time for so long, after a warm-up that is not counted."""
    times: list[float] = []
    for count in range(2):
        times.clear()
        end = time.perf_counter() + (seconds if count else 0.5)

        async def worker(until: float = end) -> None:
            while (start := time.perf_counter()) < until:
                await work()
                times.append(time.perf_counter() - start)

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(at_once)))
    took = time.perf_counter() - began
    ordered = sorted(one * 1000 for one in times)
    return Timed(len(ordered) / took, median(ordered), _at(ordered, 0.99))


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def _filled(instance: Instance, user_id: int) -> int:
    """An organisation with many apps, written straight into the database; returns the newest one's number."""
    db = await asyncpg.connect(instance.url)
    try:
        await db.execute(
            """
            with o as (
                insert into developer_organizations (slug, name, founded_by, created_at)
                values ('bench', 'Bench', $1, now()) returning id
            ), m as (
                insert into memberships (organization_id, user_id, role, joined_at) select id, $1, 'owner', now() from o
            ), a as (
                insert into applications (client_id, organization_id, registered_by, name, client_type,
                    token_endpoint_auth_method, grant_types, allowed_scopes, status, created_via, creation_risk_flags,
                    created_at, updated_at)
                select 'logi_' || md5(n::text || $2), o.id, $1, 'Bench app ' || n, 'confidential',
                    'client_secret_basic', '{authorization_code,refresh_token}', '{openid,email}', 'sandbox', 'api',
                    '{"evaluated_at": "2026-01-01T00:00:00Z", "version": 1, "flags": []}', now(), now()
                from o, generate_series(1, $3) n returning id
            )
            insert into redirect_uris (application_id, uri, position, uri_class, verification)
            select a.id, uri, place, 'dev_local', '{"status": "not_applicable"}'
            from a, unnest(array['http://localhost:4000/cb', 'http://localhost:4000/other'])
                with ordinality as u (uri, place)
            """,
            user_id,
            secrets.token_hex(8),
            ORGANIZATION,
        )
        await db.execute("analyze applications, redirect_uris")
        return int(await db.fetchval("select max(id) from applications"))
    finally:
        await db.close()


if __name__ == "__main__":
    main()
