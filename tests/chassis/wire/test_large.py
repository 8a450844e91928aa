"""Bodies beyond a frame travel in parts on a connection of their own, up to 12 MiB either way."""

import asyncio
import hashlib
import os
from typing import Any

import pytest

from chassis.problems import Problem
from chassis.wire import serve
from chassis.wire.call import Caller
from chassis.wire.frames import BODY_LIMIT, FRAME_LIMIT
from chassis.wire.parts import PART, Depot, PartsLost
from chassis.wire.refusals import InstanceDied, ReplyTooLarge, RequestTooLarge
from chassis.wire.serve import Pool
from tests.chassis.wire.builders import Doorman, a_link, a_request, answer, served, until


async def _digest(scope: Any, receive: Any, send: Any) -> None:
    """Answers the body's digest; below /say/<n> with n bytes instead."""
    body = (await receive())["body"] if scope["type"] == "http" else b""
    size = scope.get("path", "").removeprefix("/say/")
    await answer(send, b"z" * int(size) if size.isdigit() else hashlib.sha256(body).digest())


@pytest.mark.parametrize("size", [FRAME_LIMIT - 1, FRAME_LIMIT, FRAME_LIMIT + 1, 5 * PART, BODY_LIMIT])
async def test_a_large_request_arrives_whole(nats_url: str, caller: Caller, service: str, size: int) -> None:
    """Around the limit of a frame, at a part's edge, and at the most that may travel."""
    body = os.urandom(size)
    async with served(nats_url, service, _digest):
        reply = await caller.exchange(service, "web", a_request("POST", body=body))
    assert hashlib.sha256(body).digest() == reply.body


@pytest.mark.parametrize("size", [FRAME_LIMIT - 1, FRAME_LIMIT, FRAME_LIMIT + 1, 5 * PART, BODY_LIMIT])
async def test_a_large_reply_arrives_whole(nats_url: str, caller: Caller, service: str, size: int) -> None:
    """The same in the other direction; when the caller has it all, the service forgets it."""
    async with served(nats_url, service, _digest) as instance:
        reply = await caller.exchange(service, "web", a_request(path=f"/say/{size}"))
        await until(lambda: sum(number for number, _ in instance.in_flight()) == 0)
        assert instance._depot is not None
        assert {} == instance._depot._held
    assert size == len(reply.body)


async def test_a_request_too_large_is_413(caller: Caller, service: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(RequestTooLarge) as refused:
        await caller.exchange(service, "web", a_request("POST", body=bytes(BODY_LIMIT + 1)))
    assert 413 == refused.value.status


async def test_headers_too_large_are_413(caller: Caller, service: str) -> None:
    """What is not body never travels in parts."""
    with pytest.raises(RequestTooLarge):
        await caller.exchange(service, "web", a_request(headers=[(b"a", bytes(FRAME_LIMIT))]))


async def test_a_reply_too_large_is_a_small_502(nats_url: str, caller: Caller, service: str) -> None:
    """The service says so, instead of sending it."""
    async with served(nats_url, service, _digest):
        with pytest.raises(ReplyTooLarge) as refused:
            await caller.exchange(service, "web", a_request(path=f"/say/{BODY_LIMIT + 1}"))
    assert 502 == refused.value.status


async def test_without_a_second_connection_a_frame_is_the_limit(nats_url: str, service: str) -> None:
    """Either side that has no connection for parts refuses: 413 for a request, 502 for a reply."""
    async with a_link(nats_url) as nc, serve.http(nc, service, _digest, [Pool("web")]), Caller(nc) as slim:
        with pytest.raises(RequestTooLarge):
            await slim.exchange(service, "web", a_request("POST", body=bytes(FRAME_LIMIT)))
        with pytest.raises(ReplyTooLarge):
            await slim.exchange(service, "web", a_request(path=f"/say/{FRAME_LIMIT}"))
        async with a_link(nats_url) as bulk, Caller(nc, bulk) as full:
            with pytest.raises(Problem) as refused:
                await full.exchange(service, "web", a_request("POST", body=bytes(FRAME_LIMIT)))
    assert (413, "content_too_large") == (refused.value.status, refused.value.code)


async def test_small_requests_pass_beside_two_large_ones(nats_url: str, caller: Caller, service: str) -> None:
    """While two bodies of 12 MiB are under way, small exchanges begin and end."""
    body, passed = os.urandom(BODY_LIMIT), 0
    async with served(nats_url, service, _digest), asyncio.TaskGroup() as group:
        uploads = [group.create_task(caller.exchange(service, "web", a_request("POST", body=body))) for _ in range(2)]
        while not any(upload.done() for upload in uploads):
            await caller.exchange(service, "web", a_request("POST", body=b"small"))
            passed += 1
    assert passed > 3
    assert [hashlib.sha256(body).digest()] * 2 == [upload.result().body for upload in uploads]


async def test_a_lost_part_is_asked_for_again(nats_url: str) -> None:
    """A dropped message costs half a second, not the body."""
    body = os.urandom(7 * PART + 1)
    async with a_link(nats_url) as one, a_link(nats_url) as two:
        holder, receiver = await Depot(one, one.new_inbox()).start(), await _Leaky(two, two.new_inbox()).start()
        parcel = holder.hold(body)
        assert body == await receiver.fetch(parcel)
        holder.release(parcel)
        with pytest.raises(PartsLost):
            await receiver.fetch(parcel)
        await holder.stop()
        await receiver.stop()


class _Leaky(Depot):
    """Loses the first three messages, as an overflowing subscription does."""

    lost = 0

    async def _hear(self, message: Any) -> None:
        if self.lost < 3:
            self.lost += 1
        else:
            await super()._hear(message)


async def test_a_holder_who_dies_in_the_middle_is_a_dead_instance(nats_url: str, caller: Caller, service: str) -> None:
    """The head of a large reply came, its parts do not: 502, not the deadline."""

    async with served(nats_url, service, _digest) as instance:
        assert instance._depot is not None
        await instance._depot.stop()
        with pytest.raises(InstanceDied):
            await caller.exchange(service, "web", a_request("POST", path=f"/say/{2 * FRAME_LIMIT}"))


async def test_a_pool_of_any_name_may_be_beside_the_parts(nats_url: str, caller: Caller, service: str) -> None:
    """The subjects of parts are no pool's, not even of one that is called so."""
    async with served(nats_url, service, Doorman(), [Pool("parts")]):
        assert 200 == (await caller.exchange(service, "parts", a_request())).status
