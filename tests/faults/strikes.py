"""The faults: what strikes, at what, and what may come of it."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import redis.asyncio as redis

from deploy.local import databases
from deploy.local.servers import binaries
from tests.faults.platform import SERVICES, Platform

HELD_SECONDS = 12.0
"""Longer than the 10 s after which Postgres ends a transaction that does nothing."""

FROZEN_SECONDS = 4.0
"""Longer than the 2 s after which the gateway takes an instance for dead."""

Strike = Callable[[Platform], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Fault:
    """`repeats`: a webhook may come twice because of it."""

    name: str
    strike: Strike
    repeats: bool = False
    short: bool = False
    load_after: float = 2.0
    fells: frozenset[str] = frozenset()
    """The programs that may end of it; all others must outlive it."""


def killed(name: str) -> Strike:
    async def strike(platform: Platform) -> None:
        platform.signal(name, signal.SIGKILL)

    return strike


def restarted(name: str, number: signal.Signals) -> Strike:
    """As its operator would, in order; the supervisor starts it again."""

    async def strike(platform: Platform) -> None:
        platform.signal(name, number)

    return strike


def frozen(name: str) -> Strike:
    """Neither dead nor alive for a while; what it wakes up with may be out of date."""

    async def strike(platform: Platform) -> None:
        platform.signal(name, signal.SIGSTOP)
        await asyncio.sleep(FROZEN_SECONDS)
        platform.signal(name, signal.SIGCONT)

    return strike


async def flushed(platform: Platform) -> None:
    """Everything that Redis knew is gone."""
    async with redis.Redis.from_url(platform.environment("gateway")["LOGI_REDIS_URL"]) as client:
        await client.flushall()


async def hung(platform: Platform) -> None:
    """A relay of auth that has taken the head of the log and does nothing more, with the timeouts that relays have."""
    connection = await asyncpg.connect(
        platform.database("auth"), server_settings={"idle_in_transaction_session_timeout": "10000"}
    )
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
        await connection.execute("begin")
        await connection.execute("select position from outbox_head for update")
        await asyncio.sleep(HELD_SECONDS)
        await connection.execute("select 1")
        raise AssertionError("Postgres let a transaction idle for longer than 10 s")


class Dump:
    """The database of one service as it was at a moment."""

    def __init__(self, platform: Platform, service: str, folder: Path) -> None:
        self._platform, self._service = platform, service
        self._file = folder / f"{service}.dump"
        self._programs = binaries.postgres_wheel() / "bin"

    async def take(self) -> None:
        url = self._platform.database(self._service)
        await _run([self._programs / "pg_dump", "--format=custom", f"--file={self._file}", url])

    async def restore(self, _: Platform) -> None:
        """As operations would: the service is away, its database is made anew, a new epoch begins, it starts."""
        platform, service = self._platform, self._service
        platform.signal(service, signal.SIGSTOP)
        password = platform.database(service).split(":")[2].partition("@")[0]
        admin = await asyncpg.connect(platform.administration())
        await admin.execute(f"drop database {service} with (force)")
        await admin.close()
        url = await databases.create(platform.administration(), service, password)
        await _run([self._programs / "pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", self._file])
        environment = {**os.environ, **platform.environment(service)}
        await _run([sys.executable, "-m", f"services.{service}", "epoch"], environment)
        platform.signal(service, signal.SIGKILL)


async def _run(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


FAULTS = (
    *(
        Fault(f"kill -9 {name}", killed(name), name == "delivery", name == "auth", fells=frozenset({name}))
        for name in (*SERVICES, "gateway")
    ),
    *(Fault(f"freeze {name}", frozen(name)) for name in ("auth", "registry", "gateway", "nats", "redis")),
    Fault("kill -9 nats", killed("nats")),
    Fault("kill -9 redis", killed("redis")),
    Fault("kill -9 postgres", killed("postgres"), repeats=True),
    Fault("restart nats", restarted("nats", signal.SIGTERM), short=True),
    Fault("restart postgres", restarted("postgres", signal.SIGINT), repeats=True, short=True),
    Fault("flush redis", flushed, short=True),
    Fault("hung relay", hung, short=True, load_after=1.0),
)

RESTORED = SERVICES


@contextlib.asynccontextmanager
async def at_some_moment(short: bool) -> AsyncIterator[None]:
    """Waits until the load is under way; in the long form nobody knows for how long."""
    await asyncio.sleep(1.5 if short else random.uniform(0.5, 4))
    yield
