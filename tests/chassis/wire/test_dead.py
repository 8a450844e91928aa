"""Nobody there, somebody dying, somebody too slow, and a caller who leaves."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chassis.wire.call import Caller
from chassis.wire.refusals import DeadlinePassed, InstanceDied, NoInstance
from chassis.wire.serve import Pool
from tests.chassis.wire.builders import Doorman, a_caller, a_request, served, until

TIGHT = [Pool("web", slots=1)]

FOUND_WITHIN = 12.0
"""Seconds: two, and ten for a busy machine. Without the words of the living it would be the budget of twenty."""


@asynccontextmanager
async def _victim(nats_url: str, service: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chassis.wire.victim", nats_url, service, stdout=PIPE
    )
    try:
        await _says(process, b"ready")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _says(process: Process, word: bytes) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert word == (await process.stdout.readline()).strip()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_dead_instance_is_found_within_two_seconds(
    nats_url: str, caller: Caller, service: str, how: signal.Signals
) -> None:
    """Killed or standing still: a POST that it had begun ends in 502, long before its deadline."""
    async with _victim(nats_url, service) as process, asyncio.timeout(30), asyncio.TaskGroup() as group:
        lost = group.create_task(_outcome(caller, service, "POST"))
        await _says(process, b"begun")
        # Past the first words, so that it is the silence after them that counts.
        await asyncio.sleep(1)
        assert not lost.done()
        process.send_signal(how)
        async with asyncio.timeout(FOUND_WITHIN):
            assert "InstanceDied" == await lost


async def test_a_get_is_repeated_on_the_living(nats_url: str, caller: Caller, service: str) -> None:
    """A GET changes nothing, so that its caller only waits a little when an instance dies."""
    async with _victim(nats_url, service) as process, asyncio.timeout(30), asyncio.TaskGroup() as group:
        lost = group.create_task(caller.exchange(service, "web", a_request()))
        await _says(process, b"begun")
        living = Doorman()
        async with served(nats_url, service, living):
            process.kill()
            assert 200 == (await lost).status
    assert 1 == living.seen


async def _outcome(caller: Caller, service: str, method: str) -> str:
    try:
        return str((await caller.exchange(service, "web", a_request(method, "/wait"))).status)
    except (InstanceDied, NoInstance, DeadlinePassed) as refused:
        return type(refused).__name__


async def test_slow_is_not_dead(nats_url: str, caller: Caller, service: str) -> None:
    """Past 250 ms an instance says every 500 ms that it works, so that three seconds of work are no silence."""
    door = Doorman()
    async with served(nats_url, service, door), asyncio.TaskGroup() as group:
        slow = group.create_task(caller.exchange(service, "web", a_request("POST", "/wait")))
        await asyncio.sleep(3)
        assert not slow.done()
        door.let_go.set()
    assert 200 == slow.result().status


async def test_nobody_there(caller: Caller, service: str) -> None:
    """Without any instance the answer is 503 with Retry-After, at once."""
    with pytest.raises(NoInstance) as refused:
        await caller.exchange(service, "web", a_request("POST"))
    assert (503, "1") == (refused.value.status, refused.value.headers["retry-after"])


async def test_nats_gone_is_nobody_there(nats_server: Any, service: str) -> None:
    """An exchange is not kept for later while the link is down: it would run when its caller has gone."""
    server = nats_server()
    async with a_caller(server.url) as caller, served(server.url, service, Doorman()) as instance:
        assert 200 == (await caller.exchange(service, "web", a_request())).status
        server.kill()
        await until(lambda: not caller._nc.is_connected)
        with pytest.raises(NoInstance):
            await caller.exchange(service, "web", a_request("POST"))
        server.start()
        await until(lambda: caller._nc.is_connected and instance._nc.is_connected)
        await instance._nc.flush()
        assert 200 == (await caller.exchange(service, "web", a_request("POST"))).status


async def test_the_deadline_ends_both_sides(nats_url: str, caller: Caller, service: str) -> None:
    """The caller hears 504, and the work behind it is cancelled."""
    door = Doorman()
    async with served(nats_url, service, door):
        with pytest.raises(DeadlinePassed) as refused:
            await caller.exchange(service, "web", a_request(path="/wait", budget_ms=400))
        assert 504 == refused.value.status
        await door.cancelled.acquire()


async def test_a_caller_who_leaves_ends_the_work(nats_url: str, caller: Caller, service: str) -> None:
    """A client's disconnect cancels the calling task, and that cancels the app's."""
    door = Doorman()
    async with served(nats_url, service, door):
        leaving = asyncio.create_task(caller.exchange(service, "web", a_request("POST", "/wait")))
        await door.entered.acquire()
        leaving.cancel()
        await door.cancelled.acquire()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert 200 == (await caller.exchange(service, "web", a_request())).status


async def test_what_a_caller_has_left_while_it_waited_is_not_begun(nats_url: str, caller: Caller, service: str) -> None:
    """A cancel takes an exchange out of the queue, too."""
    door = Doorman()
    async with served(nats_url, service, door, TIGHT), asyncio.TaskGroup() as group:
        group.create_task(caller.exchange(service, "web", a_request(path="/wait")))
        await door.entered.acquire()
        leaving = asyncio.create_task(caller.exchange(service, "web", a_request("POST")))
        await asyncio.sleep(0.1)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await caller._nc.flush()
        door.let_go.set()
        await caller.exchange(service, "web", a_request())
    assert 2 == door.seen
