"""The listener applies every event in order and once, whatever the wire does."""

import asyncio

import msgspec
import pytest
from nats.aio.client import Client

from chassis.events import Listener, NotCaughtUp, announce, frames
from chassis.postgres import Database, Tx
from tests.chassis.events.builders import (
    CupFilled,
    WeatherChanged,
    a_listener,
    a_replay,
    a_shop,
    break_cup,
    contents,
    fill,
    mark,
    running,
    take_filled,
    until,
    until_mark,
)


async def test_a_change_arrives(shop: Database, till: Database, nc: Client) -> None:
    """What the producer commits stands in the listener's database, and a delete leaves a tombstone."""
    async with a_shop(shop, nc), running(a_listener(till, nc).run()):
        await fill(shop, "a")
        await fill(shop, "b")
        await break_cup(shop, "b", 2)
        await until_mark(till, 3)
    assert {"a": "tea"} == await contents(till)
    assert 2 == await till.fetchval("select version from cups where id = 'b' and deleted")


async def test_an_older_version_never_overwrites(shop: Database, till: Database, nc: Client) -> None:
    """An event that tells of an older version is applied without effect."""
    async with a_shop(shop, nc), running(a_listener(till, nc).run()):
        await fill(shop, "a", 2, "coffee")
        async with shop.transaction() as tx:
            await announce(tx, CupFilled("a", 1, "tea"))
        await until_mark(till, 2)
    assert {"a": "coffee"} == await contents(till)


async def test_unknown_tags_advance_the_mark(shop: Database, till: Database, nc: Client) -> None:
    """An event of a kind that this release does not know is passed over."""
    async with a_shop(shop, nc), running(a_listener(till, nc).run()):
        async with shop.transaction() as tx:
            await announce(tx, WeatherChanged())
        await until_mark(till, 1)
    assert 0 == await till.fetchval("select count(*) from parked")


async def test_a_late_listener_hears_all(shop: Database, till: Database, nc: Client) -> None:
    """Events of before its first start are fetched, in pages, and applied in batches of up to 200."""
    batches: list[int] = []

    async def take(tx: Tx, event: CupFilled) -> None:
        await take_filled(tx, event)
        batches.append(await tx.fetchval("select pg_current_xact_id()::text::bigint"))

    async with a_shop(shop, nc):
        async with shop.transaction() as tx:
            for number in range(450):
                await announce(tx, CupFilled(f"{number:03}", 1, "tea"))
        async with running(Listener(till, nc, "till", "shop").on(CupFilled, take).run()):
            await until_mark(till, 450)
    assert 450 == len(await contents(till))
    assert [200, 200, 50] == [batches.count(batch) for batch in dict.fromkeys(batches)]


async def test_a_gap_is_fetched(shop: Database, till: Database, nc: Client) -> None:
    """Positions that were never heard are asked for, and what came too early is applied after them."""
    replay = a_replay(shop)
    await replay.start(nc)
    await fill(shop, "a")
    await fill(shop, "b")
    await shop.fetchrow("select * from outbox_number(10, 0)")
    async with running(a_listener(till, nc).run()):
        await until_mark(till, 2)
        await fill(shop, "c")
        await fill(shop, "d")
        await shop.fetchrow("select * from outbox_number(10, 0)")
        last = (await replay.events(frames.EventsAsked("", 3))).events[0]
        await nc.publish("event.shop.cup.filled", msgspec.msgpack.encode(last))
        await until_mark(till, 4)
    await replay.drain()
    assert {"a", "b", "c", "d"} == set(await contents(till))


async def test_repetitions_are_dropped(shop: Database, till: Database, nc: Client) -> None:
    """An event that is published three times is applied once."""
    applied: list[str] = []

    async def take(tx: Tx, event: CupFilled) -> None:
        applied.append(event.id)

    async with a_shop(shop, nc), running(Listener(till, nc, "till", "shop").on(CupFilled, take).run()):
        await fill(shop, "a")
        await until_mark(till, 1)
        sent = (await a_replay(shop).events(frames.EventsAsked("", 0))).events[0]
        for _ in range(2):
            await nc.publish("event.shop.cup.filled", msgspec.msgpack.encode(sent))
        await fill(shop, "b")
        await until_mark(till, 2)
    assert ["a", "b"] == applied


async def test_two_instances_apply_once(shop: Database, till: Database, nc: Client) -> None:
    """Two processes of the listening service share the work; no event is applied by both."""
    applied: list[str] = []

    async def take(tx: Tx, event: CupFilled) -> None:
        await tx.execute("insert into cups values ($1, 1, 'tea', false)", event.id)
        applied.append(event.id)

    def instance() -> Listener:
        return Listener(till, nc, "till", "shop").on(CupFilled, take)

    async with a_shop(shop, nc), running(instance().run(), instance().run()):
        for number in range(100):
            await fill(shop, f"{number:03}")
        await until_mark(till, 100)
    assert [f"{number:03}" for number in range(100)] == applied


async def test_effects_and_mark_are_one(shop: Database, till: Database, nc: Client) -> None:
    """An instance that dies between applying and moving the mark leaves neither; the next one does both once."""
    stuck = asyncio.Event()

    async def hang(tx: Tx, event: CupFilled) -> None:
        await take_filled(tx, event)
        stuck.set()
        await asyncio.Event().wait()

    async with a_shop(shop, nc):
        await fill(shop, "a")
        async with running(Listener(till, nc, "till", "shop").on(CupFilled, hang).run()):
            await stuck.wait()
        assert (0, {}) == (await mark(till), await contents(till))
        async with running(a_listener(till, nc).run()):
            await until_mark(till, 1)
    assert {"a": "tea"} == await contents(till)


async def test_a_failing_event_is_parked(shop: Database, till: Database, nc: Client) -> None:
    """After 5 tries it is set aside with its error; those before and after it are applied, its own writes undone."""
    tries: list[str] = []

    async def take(tx: Tx, event: CupFilled) -> None:
        await take_filled(tx, event)
        if event.id == "b":
            tries.append(event.id)
            await tx.execute("select 1 / 0")

    async with a_shop(shop, nc):
        for cup in "abc":
            await fill(shop, cup)
        async with running(Listener(till, nc, "till", "shop").on(CupFilled, take).run()):
            await until_mark(till, 3)
    assert {"a": "tea", "c": "tea"} == await contents(till)
    parked = await till.fetchrow("select position, tag, error from parked")
    assert (2, "shop.cup.filled", "DivisionByZeroError: division by zero") == tuple(parked or ())
    # Once together with its neighbours, then five times on its own ground.
    assert 6 == len(tries)


async def test_a_parked_event_is_tried_at_the_next_start(shop: Database, till: Database, nc: Client) -> None:
    """A release that can apply what an earlier one could not does so when it starts, and only newer versions count."""

    async def fail(tx: Tx, event: CupFilled) -> None:
        if event.version == 1:
            raise ZeroDivisionError
        await take_filled(tx, event)

    async with a_shop(shop, nc):
        await fill(shop, "a", 1)
        await fill(shop, "b", 1)
        await fill(shop, "b", 2, "coffee")
        async with running(Listener(till, nc, "till", "shop").on(CupFilled, fail).run()):
            await until_mark(till, 3)
        assert {"b": "coffee"} == await contents(till)
        async with running(a_listener(till, nc).run()):

            async def none_left() -> bool:
                return await till.fetchval("select count(*) from parked") == 0

            await until(none_left)
    assert {"a": "tea", "b": "coffee"} == await contents(till)


async def test_an_unreadable_record_is_parked(shop: Database, till: Database, nc: Client) -> None:
    """A known tag with a record of another shape is parked like any failing event."""
    async with a_shop(shop, nc), running(a_listener(till, nc).run()):
        async with shop.transaction() as tx:
            await tx.execute("insert into outbox (tag, payload) values ('shop.cup.filled', '{\"type\": 1}')")
        await fill(shop, "a")
        await until_mark(till, 2)
    assert 1 == await till.fetchval("select position from parked")
    assert {"a": "tea"} == await contents(till)


async def test_a_lost_last_event_is_missed(shop: Database, till: Database, nc: Client) -> None:
    """When the last message is lost and no other follows, the relay's beat tells of it."""
    async with a_shop(shop, nc):
        listener = a_listener(till, nc)
        async with running(listener.run()):
            await listener.caught_up()
            # Numbered and marked as published, but nobody ever sent it.
            async with shop.transaction() as tx:
                await tx.execute(
                    """insert into outbox_log (position, numbered_at, announced_at, tag, payload)
                    values (1, now(), now(), 'shop.cup.filled', $1)""",
                    msgspec.json.encode(CupFilled("a", 1, "tea")),
                )
                await tx.execute("update outbox_head set position = 1, published = 1")
            await until_mark(till, 1)
    assert {"a": "tea"} == await contents(till)


async def test_ready_only_when_caught_up(shop: Database, till: Database, nc: Client) -> None:
    """A listener says that it is ready once it has applied all that the producer had when first asked."""
    listener = a_listener(till, nc)
    async with running(listener.run()):
        await fill(shop, "a")
        await asyncio.sleep(0.2)
        with pytest.raises(NotCaughtUp):
            await listener.ping()
        async with a_shop(shop, nc):
            await listener.caught_up()
            await listener.ping()

            async def both() -> bool:
                return set(await contents(till)) == {"a"}

            await until(both)


async def test_another_shards_events_are_not_ours(shop: Database, till: Database, nc: Client) -> None:
    """A listener follows one shard of a producer; positions of another do not move its mark."""
    async with a_shop(shop, nc):
        listener = a_listener(till, nc)
        async with running(listener.run()):
            await listener.caught_up()
            payload = msgspec.json.encode(CupFilled("z", 1, "tea"))
            sent = frames.Sent("shop/1@5", 1, "shop.cup.filled", payload, None, None, 0.0)
            await nc.publish("event.shop.cup.filled", msgspec.msgpack.encode(sent))
            await fill(shop, "a")
            await until_mark(till, 1)
    assert {"a": "tea"} == await contents(till)
