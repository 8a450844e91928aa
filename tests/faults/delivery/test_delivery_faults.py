"""Delivery alone under faults: what the producer committed is what receivers get, twice only where a crash says why.

The ledger of the test is the producer's own list of commits; the ledger of the receivers is what their sockets read.
"""

import asyncio
import os
import random
import secrets
import signal
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from bench.delivery import Stage
from bench.ground import Module, ground
from deploy.local import databases

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

RATE, SECONDS = 100, 12


class Scene:
    """Producer, delivery and receivers, and the means to hurt them."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.base = stage, stage._base

    async def kill_delivery(self) -> None:
        """At a moment of nobody's choosing; its successor begins at once, as a supervisor would have it."""
        os.kill(self.delivery.pid or 0, signal.SIGKILL)
        self.delivery = self.stage._delivery(self.stage._turn + secrets.randbelow(10**6))
        await asyncio.to_thread(self.base.start, self.delivery)

    async def kill_producer_relay(self) -> None:
        """The relay of the producer is frozen for two seconds, as if its machine swapped."""
        os.kill(self.emitter.pid or 0, signal.SIGSTOP)
        await asyncio.sleep(2)
        os.kill(self.emitter.pid or 0, signal.SIGCONT)

    async def restart_nats(self) -> None:
        """It keeps nothing, so this is a wipe."""
        await asyncio.to_thread(self.base.nats.kill)
        await asyncio.to_thread(self.base.nats.start)

    async def played(self, strike: Callable[[], Awaitable[None]], times: int) -> tuple[array, Counter[int], int]:
        stage = self.stage
        stage._turn += 1
        count, first = RATE * SECONDS, stage._first
        stage._first += count
        hook, self.delivery = stage._receiver(), stage._delivery(stage._turn)
        self.emitter: Module = stage._emitter(RATE, count, first)
        await stage._seed(hook, bad=False)
        await asyncio.to_thread(self.base.start, hook, self.delivery)
        await asyncio.to_thread(self.base.start, self.emitter)
        await asyncio.sleep(3)
        for _ in range(times):
            await asyncio.sleep(random.uniform(0.2, 2.0))
            await strike()
        results = self.base.folder / f"emitter{stage._turn}.times"
        async with asyncio.timeout(90):
            while not results.exists():
                await asyncio.sleep(0.1)
        await stage._drained(bad=False)
        async with asyncio.timeout(60):
            while len(Counter((came := await stage._seen(hook))[::2])) < count:
                (self.base.folder / f"receiver{stage._turn}.times").unlink()
                await asyncio.sleep(0.5)
        for process in (self.emitter, self.delivery, hook):
            process.stop()
        commits = array("q")
        commits.frombytes(results.read_bytes())
        return commits, Counter(came[::2]), first


@pytest.fixture(scope="module")
async def scene() -> AsyncIterator[Scene]:
    with ground() as base:
        await asyncio.to_thread(base.start, base.nats, base.postgres, base.sink())
        urls = {
            name: await databases.create(base.postgres.url, name, secrets.token_hex(12))
            for name in ("auth", "delivery")
        }
        admin = await asyncpg.connect(base.postgres.url)
        stage = Stage(base, urls, admin)
        await stage.prepare()
        yield Scene(stage)
        await admin.close()


@pytest.mark.parametrize(
    ("strike", "times", "repeats"),
    [("kill_delivery", 3, True), ("kill_producer_relay", 1, False), ("restart_nats", 2, False)],
)
async def test_nothing_is_lost(
    scene: Scene, strike: str, times: int, repeats: bool, record_property: Callable[[str, object], None]
) -> None:
    """Every commit arrives; an event comes twice only where a worker was killed with its outcome in hand."""
    commits, came, first = await scene.played(getattr(scene, strike), times)
    sent = [number for number, at in enumerate(commits, start=first) if at]
    lost = [number for number in sent if number not in came]
    twice = sum(count - 1 for count in came.values())
    for name, value in {"sent": len(sent), "delivered": len(came), "duplicated": twice, "lost": len(lost)}.items():
        record_property(name, value)
    print(f"| {strike} x{times} | {len(sent)} | {len(came)} | {twice} | {len(lost)} |")
    assert [] == lost
    assert repeats or twice == 0
