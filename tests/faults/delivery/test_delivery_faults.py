"""Delivery alone under faults: what the producer committed is what receivers get, twice only where a crash says why."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.ground import Module
from tests.faults.delivery.receivers import SLOW_SECONDS, WAYS
from tests.faults.delivery.scene import APPS, PATIENCE_SECONDS, RATE, SECONDS, Line, Scene

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

OF_PRODUCER = ("before commit", "after commit", "relay")
OF_DELIVERY = ("fan-out", "claim", "during the POST", "after the 2xx")
IN_SHORT = {"after commit", "relay", "after the 2xx"}

TAKEN_OVER_SECONDS = 10.0
"""A dead worker's rows are in other hands by then (delivery.md 13)."""

ON_ANY_MACHINE = 40.0
"""What takes seconds takes no longer, where nobody knows how slow the machine is: there the short form runs."""


@pytest.fixture
def changes(short: bool) -> int:
    return RATE * (2 if short else SECONDS)


@asynccontextmanager
async def running(scene: Scene, *modules: Module, doomed: Module | None = None) -> AsyncIterator[None]:
    """Ready when entered, ended when left; whoever is doomed may die before it is ready."""
    try:
        if doomed is not None:
            scene.spawned(doomed)
        await scene.started(*modules)
        yield
    finally:
        for module in (*modules, *([] if doomed is None else [doomed])):
            await asyncio.to_thread(module.stop)


def _step(step: str, short: bool) -> int:
    if short and step not in IN_SHORT:
        pytest.skip("part of the full form")
    return random.randint(5, 40)


@pytest.mark.parametrize("step", OF_PRODUCER)
async def test_a_producer_killed_at(scene: Scene, told: list[Line], step: str, short: bool, changes: int) -> None:
    """What was not committed is never heard of; what was is delivered, once, whoever relays it in the end."""
    nth = _step(step, short)
    scene.begin(changes)
    doomed, heir, delivery = scene.producer(step, nth), scene.producer(), scene.delivery()
    async with running(scene, delivery, doomed=doomed):
        await scene.until_dead(doomed)
        async with running(scene, heir):
            await scene.until_sent()
            line = await scene.reckoned(f"kill -9: {step}")
    told.append(line)
    assert (0, 0, 0) == (line.lost, line.duplicated, line.foreign)
    assert line.acknowledged <= line.delivered <= line.acknowledged + line.unsure


@pytest.mark.parametrize("step", OF_DELIVERY)
async def test_delivery_killed_at(scene: Scene, told: list[Line], step: str, short: bool, changes: int) -> None:
    """Its successor delivers everything; twice only what was on its way or not yet recorded."""
    nth = _step(step, short)
    scene.begin(changes)
    doomed, heir, producer = scene.delivery(step, nth), scene.delivery(), scene.producer()
    async with running(scene, producer, doomed=doomed):
        await scene.until_dead(doomed)
        async with running(scene, heir):
            await scene.until_sent()
            line = await scene.reckoned(f"kill -9: {step}")
    told.append(line)
    assert (0, 0) == (line.lost, line.foreign)
    assert line.duplicated <= 4 * APPS


async def test_a_dead_workers_rows_are_taken_over(scene: Scene, told: list[Line], short: bool, changes: int) -> None:
    """Two processes; the one that holds rows is killed, and within ten seconds the other holds them or is through."""
    scene.begin(changes)
    one, other, producer = scene.delivery(), scene.delivery(), scene.producer()
    async with running(scene, one, producer):
        scene.receivers.stalling = True
        holding = "select distinct held_by from lanes where held_by is not null"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await scene.sql("delivery", holding):
                await asyncio.sleep(0.05)
        async with running(scene, other):
            ((worker,),) = await scene.sql("delivery", holding)
            os.kill(one.pid or 0, signal.SIGKILL)
            began = time.monotonic()
            scene.receivers.stalling = False
            held = "select count(*) from webhook_outbox where locked_by = $1 and delivered_at is null"
            while (await scene.sql("delivery", held, worker))[0][0]:
                await asyncio.sleep(0.05)
            seconds = time.monotonic() - began
            await scene.until_sent()
            line = await scene.reckoned("kill -9, rows taken over")
    line.seconds = seconds
    told.append(line)
    assert (0, 0) == (line.lost, line.foreign)
    assert seconds < (ON_ANY_MACHINE if short else TAKEN_OVER_SECONDS)


@pytest.mark.parametrize("server", ["nats wiped", "postgres restarted", "postgres killed", "producer frozen"])
async def test_servers(scene: Scene, told: list[Line], server: str, short: bool, changes: int) -> None:
    """Under load; only Postgres, which then forgets that a webhook arrived, may make one come twice."""
    if short and server != "nats wiped":
        pytest.skip("part of the full form")
    scene.begin(changes)
    delivery, producer = scene.delivery(), scene.producer()
    async with running(scene, delivery, producer):
        await asyncio.sleep(random.uniform(0.5, 1.5))
        await _strike(scene, server, producer)
        await scene.until_sent()
        line = await scene.reckoned(server)
    told.append(line)
    assert (0, 0) == (line.lost, line.foreign)
    assert server.startswith("postgres") or 0 == line.duplicated


async def _strike(scene: Scene, server: str, producer: Module) -> None:
    base = scene.base
    if server == "nats wiped":
        # It keeps nothing, so its death is a wipe.
        await asyncio.to_thread(base.nats.kill)
        await asyncio.to_thread(base.nats.start)
    elif server == "producer frozen":
        os.kill(producer.pid or 0, signal.SIGSTOP)
        await asyncio.sleep(2)
        os.kill(producer.pid or 0, signal.SIGCONT)
    else:
        await asyncio.to_thread(base.postgres.kill if server == "postgres killed" else base.postgres.stop)
        await asyncio.to_thread(base.postgres.start)


@pytest.mark.parametrize("way", WAYS)
async def test_receivers_that_answer(scene: Scene, told: list[Line], way: str, short: bool) -> None:
    """At first each event is answered badly by some; it comes again until it is taken, others wait for nothing."""
    if short and way == "never":
        pytest.skip("part of the full form: it takes the whole patience of a request")
    bad = (0, 1, 2)
    await scene.seed(dict.fromkeys(bad, way))
    scene.begin(RATE)
    delivery, producer = scene.delivery(), scene.producer()
    try:
        async with running(scene, delivery, producer):
            await scene.until_sent()
            began, well = time.monotonic(), [n for n in range(scene.first, scene.last + 1) if n % APPS not in bad]
            while any(n not in scene.receivers.taken for n in well):
                await asyncio.sleep(0.02)
            waited = time.monotonic() - began
            line = await scene.reckoned(f"answered with {way}" if way not in {"slowly", "never"} else f"answered {way}")
    finally:
        await scene.seed({})
    told.append(line)
    assert (0, 0, 0) == (line.lost, line.duplicated, line.foreign)
    assert waited < (ON_ANY_MACHINE if short else SLOW_SECONDS)
