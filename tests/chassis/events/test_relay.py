"""The relay publishes every committed event with a gap-free position, and nothing that was rolled back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from chassis import log, nats_link, trace
from chassis.events import EventTooLarge, Relay, announce, frames
from chassis.postgres import Database
from deploy.local.servers.nats import Nats
from tests.chassis.events.builders import (
    CupFilled,
    a_listener,
    a_shop,
    contents,
    fill,
    running,
    until,
    until_mark,
)


@asynccontextmanager
async def heard(nc: Client, subject: str) -> AsyncIterator[list[Msg]]:
    messages: list[Msg] = []

    async def hear(message: Msg) -> None:
        messages.append(message)

    subscription = await nc.subscribe(subject, cb=hear)
    await nc.flush()
    yield messages
    await subscription.unsubscribe()


async def until_many(messages: list[Msg], count: int) -> None:
    async def enough() -> bool:
        return len(messages) >= count

    await until(enough)


async def test_a_rolled_back_change_is_not_announced(shop: Database) -> None:
    """The event's row goes with its transaction."""
    with contextlib.suppress(ZeroDivisionError):
        async with shop.transaction() as tx:
            await announce(tx, CupFilled("a", 1, "tea"))
            raise ZeroDivisionError
    assert 0 == await shop.fetchval("select count(*) from outbox")


async def test_bytes_are_kept_as_written(shop: Database, nc: Client) -> None:
    """What is published is byte for byte what was announced, with its trace and its request."""
    parent = f"00-{'a' * 32}-{'b' * 16}-00"
    context = log.request_id.set("req_1")
    async with heard(nc, "event.shop.cup.filled") as messages, running(Relay(shop, nc, "shop").run()):
        with trace.arriving(parent):
            async with shop.transaction() as tx:
                await announce(tx, CupFilled("a", 1, "Tee für 2"))
        await until_many(messages, 1)
    log.request_id.reset(context)
    sent = msgspec.msgpack.decode(messages[0].data, type=frames.Sent)
    expected = '{"type":"shop.cup.filled","id":"a","version":1,"content":"Tee für 2"}'.encode()
    assert (1, "shop.cup.filled", expected) == (sent.position, sent.tag, sent.payload)
    assert (parent, "req_1") == (sent.traceparent, sent.request_id)


async def test_an_event_too_large_is_refused(shop: Database) -> None:
    """An event that no frame could carry fails the transaction that announces it."""
    with pytest.raises(EventTooLarge):
        async with shop.transaction() as tx:
            await announce(tx, CupFilled("a", 1, "x" * frames.EVENT_BYTES))


async def test_two_relays_leave_no_gap(shop: Database, nc: Client) -> None:
    """With two relays and many writers, every event has one position, and the positions have no hole."""
    async with (
        heard(nc, "event.shop.>") as messages,
        running(Relay(shop, nc, "shop").run(), Relay(shop, nc, "shop").run()),
    ):
        await asyncio.gather(*(fill(shop, f"{number:03}") for number in range(200)))
        await until_many(messages, 200)
    sent = {
        (event.position, event.payload)
        for event in (msgspec.msgpack.decode(message.data, type=frames.Sent) for message in messages)
    }
    assert list(range(1, 201)) == sorted(position for position, _ in sent)
    assert 200 == len({payload for _, payload in sent})


async def test_a_rolled_back_number_leaves_no_gap(shop: Database, nc: Client) -> None:
    """A relay that dies in the middle of numbering gives its positions back."""
    await fill(shop, "a")
    with contextlib.suppress(ZeroDivisionError):
        async with shop.transaction() as tx:
            await tx.fetchrow("select * from outbox_number(10, 0)")
            raise ZeroDivisionError
    async with heard(nc, "event.shop.>") as messages, running(Relay(shop, nc, "shop").run()):
        await until_many(messages, 1)
    assert 1 == msgspec.msgpack.decode(messages[0].data, type=frames.Sent).position


async def test_a_hung_relay_stops_nobody_for_long(shop: Database, nc: Client) -> None:
    """A holder of the head that sleeps with its transaction open loses it by the server's idle timeout."""
    hung = await asyncpg.connect(shop.url, server_settings={"idle_in_transaction_session_timeout": "500"})
    await hung.execute("begin")
    await hung.execute("select * from outbox_head for update")
    async with heard(nc, "event.shop.>") as messages, running(Relay(shop, nc, "shop").run()):
        await fill(shop, "a")
        await until_many(messages, 1)
    hung.terminate()


async def test_every_connection_has_the_idle_timeout(shop: Database) -> None:
    """The pool asks for 10 s of idle time in a transaction at most, and for keepalives after 5 s."""
    names = ("idle_in_transaction_session_timeout", "tcp_keepalives_idle")
    assert ["10s", "5"] == [await shop.fetchval(f"show {name}") for name in names]


async def test_what_a_dead_relay_left_is_sent(shop: Database, nc: Client) -> None:
    """Events that were numbered and never published are published by another relay."""
    await fill(shop, "a")
    await shop.fetchrow("select * from outbox_number(10, 0)")
    async with heard(nc, "event.shop.>") as messages, running(Relay(shop, nc, "shop").run()):
        await until_many(messages, 1)
    assert 1 == msgspec.msgpack.decode(messages[0].data, type=frames.Sent).position


async def test_a_commit_nudges(shop: Database) -> None:
    """A transaction that announced wakes who waits, once it has committed; any other does not."""
    nudges: list[int] = []
    shop.on_nudge(lambda: nudges.append(1))
    await fill(shop, "a")
    async with shop.transaction() as tx:
        await tx.execute("select 1")
    with contextlib.suppress(ZeroDivisionError):
        async with shop.transaction() as tx:
            await announce(tx, CupFilled("b", 1, "tea"))
            raise ZeroDivisionError
    assert [1] == nudges


async def test_a_commit_elsewhere_is_found(shop: Database, nc: Client) -> None:
    """An event that another process announced, which nudges nobody here, is found by the poll."""
    async with heard(nc, "event.shop.>") as messages, running(Relay(shop, nc, "shop").run()):
        await shop.execute("insert into outbox (tag, payload) values ('shop.cup.filled', '{}')")
        await until_many(messages, 1)


async def test_the_beat_tells_where_the_log_stands(shop: Database, nc: Client) -> None:
    """Each second: origin, oldest, published, newest."""
    epoch = await shop.fetchval("select epoch from outbox_head")
    for cup in "ab":
        await fill(shop, cup)
    async with heard(nc, "beat.shop.relay") as messages, running(Relay(shop, nc, "shop").run()):
        await until_many(messages, 2)
    beat = msgspec.msgpack.decode(messages[1].data, type=frames.Beat)
    assert frames.Beat(f"shop/0@{epoch}", 1, 2, 2) == beat


async def test_nats_away_loses_nothing(shop: Database, till: Database, nats_server: Callable[[], Nats]) -> None:
    """What is committed while NATS is down arrives when it is back, without help."""
    server = nats_server()
    ours = await nats_link.connect(server.url, name="shop")
    theirs = await nats_link.connect(server.url, name="till")
    async with a_shop(shop, ours), running(a_listener(till, theirs).run()):
        await fill(shop, "a")
        await until_mark(till, 1)
        server.kill()
        for cup in "bcd":
            await fill(shop, cup)
        await asyncio.sleep(0.5)
        server.start()
        await until_mark(till, 4)
    assert {"a", "b", "c", "d"} == set(await contents(till))
    await ours.close()
    await theirs.close()
