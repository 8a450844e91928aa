"""Instances that have no room, and instances that are closing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chassis.problems import Problem
from chassis.wire import asgi, frames, subjects
from chassis.wire.call import Caller
from chassis.wire.frames import BUSY
from chassis.wire.refusals import NoInstance
from chassis.wire.serve import Pool, Served
from tests.chassis.wire.builders import Doorman, a_link, a_request, answer, served, until

TIGHT = [Pool("web", slots=1)]
FULL = 3
"""One that runs and twice as many that wait: all that a pool of one slot takes."""


def _inside(instance: Served) -> float:
    return sum(number for number, _ in instance.in_flight())


@asynccontextmanager
async def _filled(nats_url: str, caller: Caller, service: str, door: Doorman) -> AsyncIterator[Served]:
    """A lone instance of `service` with one slot, that can take no more until the end."""
    async with served(nats_url, service, door, TIGHT) as full, asyncio.TaskGroup() as group:
        for _ in range(FULL):
            group.create_task(caller.exchange(service, "web", a_request("POST", "/wait")))
        await until(lambda: _inside(full) == FULL)
        yield full
        door.let_go.set()


async def test_overflow_is_refused_at_once(nats_url: str, caller: Caller, service: str) -> None:
    """Beyond the slots and twice as many waiting, the answer is 503 with Retry-After, and the app saw nothing."""
    door = Doorman()
    async with _filled(nats_url, caller, service, door):
        with pytest.raises(NoInstance) as refused:
            await caller.exchange(service, "web", a_request("POST"))
        assert (503, "1", 1) == (refused.value.status, refused.value.headers["retry-after"], door.seen)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_what_one_is_too_busy_for_another_does(nats_url: str, caller: Caller, service: str, method: str) -> None:
    """Nothing was begun, so any method moves, and every time to the one that has room."""
    door, free = Doorman(b"full"), Doorman(b"free")
    async with _filled(nats_url, caller, service, door), served(nats_url, service, free, TIGHT) as other:
        await _known(caller, service, other)
        replies = [await caller.exchange(service, "web", a_request(method)) for _ in range(20)]
        assert 1 == door.seen
    assert [b"free"] * 20 == [reply.body for reply in replies]


async def _known(caller: Caller, service: str, other: Served) -> None:
    """Until the caller has heard of `other`, by a roll call or a reply."""
    async with asyncio.timeout(30):
        while caller._crews[service, "web"].another(()) != other.instance:
            try:
                await caller.exchange(service, "web", a_request("HEAD", "/"))
            except NoInstance:
                await asyncio.sleep(0.01)


async def test_all_busy_is_refused(nats_url: str, caller: Caller, service: str) -> None:
    """One other instance is tried, not all of them in turn: the house is full."""
    one, two = Doorman(), Doorman()
    async with _filled(nats_url, caller, service, one), served(nats_url, service, two, TIGHT) as other:
        other._gates["web"].open = False
        with pytest.raises(NoInstance):
            await caller.exchange(service, "web", a_request())
    assert 0 == two.seen


async def test_what_comes_too_late_is_not_begun(nats_url: str, service: str) -> None:
    """An exchange whose time is up when it arrives, or before a slot is free, answers busy instead of running."""
    door = Doorman()
    async with served(nats_url, service, door, TIGHT) as instance, a_link(nats_url) as nc:
        inbox = nc.new_inbox()
        heard = await nc.subscribe(inbox)
        subject = subjects.pool(service, "web")
        await nc.publish(subject, frames.encode_request(a_request(budget_ms=0)), reply=inbox)
        assert BUSY + instance.instance.encode() == (await heard.next_msg(timeout=30)).data
        await nc.publish(subject, frames.encode_request(a_request(path="/wait")))
        await door.entered.acquire()
        await nc.publish(subject, frames.encode_request(a_request(budget_ms=100)), reply=inbox)
        assert BUSY + instance.instance.encode() == (await heard.next_msg(timeout=30)).data
    assert 1 == door.seen


async def test_draining_finishes_what_is_in_flight(nats_url: str, caller: Caller, service: str) -> None:
    """Those that run and those that wait are answered; whoever comes then is sent elsewhere."""
    door = Doorman()
    async with served(nats_url, service, door, TIGHT) as instance, asyncio.TaskGroup() as group:
        tasks = [group.create_task(caller.exchange(service, "web", a_request(path="/wait"))) for _ in range(2)]
        await door.entered.acquire()
        draining = group.create_task(instance.drain())
        await asyncio.sleep(0)
        with pytest.raises(NoInstance):
            await caller.exchange(service, "web", a_request())
        assert not draining.done()
        door.let_go.set()
        await draining
    assert [200, 200] == [task.result().status for task in tasks]


async def test_a_draining_instance_loses_nothing_to_another(nats_url: str, caller: Caller, service: str) -> None:
    """While one of two drains under traffic, every exchange of any method is answered."""
    done: list[int] = []

    async def traffic() -> None:
        while len(done) < 400:
            done.append((await caller.exchange(service, "web", a_request("POST"))).status)

    async with served(nats_url, service, Doorman()) as leaving, served(nats_url, service, Doorman()):
        flowing = [asyncio.create_task(traffic()) for _ in range(8)]
        await leaving.drain()
        await asyncio.gather(*flowing)
    assert {200} == set(done)


async def test_a_long_poll_ends_early_when_the_house_closes(nats_url: str, caller: Caller, service: str) -> None:
    """The app hears of the drain in its scope and answers with what it has."""
    entered = asyncio.Event()

    async def app(scope, receive, send) -> None:
        exchange = asgi.exchange(scope)
        entered.set()
        await exchange.ending.wait()
        await answer(send, b"nothing new")

    async with served(nats_url, service, app, [Pool("poll")]) as instance, asyncio.TaskGroup() as group:
        poll = group.create_task(caller.exchange(service, "poll", a_request()))
        await entered.wait()
        await instance.drain()
    assert b"nothing new" == poll.result().body


async def test_what_does_not_finish_is_cut_short(nats_url: str, caller: Caller, service: str) -> None:
    """A drain ends after its grace whatever the app does; the caller hears 504 or 502, not silence for ever."""
    door = Doorman()
    async with served(nats_url, service, door) as instance, asyncio.TaskGroup() as group:
        stuck = group.create_task(_outcome(caller, service))
        await door.entered.acquire()
        await instance.drain(grace=0.05)
        await door.cancelled.acquire()
    assert 504 == stuck.result()


async def _outcome(caller: Caller, service: str) -> int:
    try:
        return (await caller.exchange(service, "web", a_request("POST", "/wait", budget_ms=1000))).status
    except Problem as problem:
        return problem.status
