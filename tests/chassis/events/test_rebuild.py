"""A listener that cannot follow the log takes the producer's records anew; one that is ahead of it stops."""

import asyncio

import pytest
from nats.aio.client import Client

from chassis.events import Listener, announce, marks, new_epoch
from chassis.postgres import Database, Tx
from tests.chassis.events.builders import (
    CupFilled,
    Cups,
    a_listener,
    a_shop,
    break_cup,
    contents,
    fill,
    running,
    take_filled,
    until,
    until_mark,
    upsert,
)


async def number_all(shop: Database) -> None:
    await shop.fetchrow("select * from outbox_number(1000, 0)")


async def follow(shop: Database, till: Database, nc: Client, position: int) -> None:
    """A listener that has come as far as `position` and is not running now."""
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Cups()).run()):
        await until_mark(till, position)


async def state(till: Database) -> str:
    return str(await till.fetchval("select state from marks"))


async def test_a_mark_below_the_oldest_rebuilds(shop: Database, till: Database, nc: Client) -> None:
    """When the log no longer reaches back to the mark, the copy becomes what the producer has, page by page."""
    for cup in ("kept", "changed", "broken"):
        await fill(shop, cup)
    await follow(shop, till, nc, 3)
    await fill(shop, "changed", 2, "coffee")
    await break_cup(shop, "broken", 2)
    for number in range(450):
        await fill(shop, f"new {number:03}")
    await number_all(shop)
    await shop.execute("delete from outbox_log where position <= 400")
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Cups()).run()):
        await until_mark(till, 455)
        await fill(shop, "kept", 2, "water")
        await until_mark(till, 456)
    assert await contents(shop) == await contents(till)
    assert 452 == len(await contents(till))
    assert 0 == await till.fetchval("select count(*) from rebuild_unseen")


async def test_the_old_copy_serves_while_it_is_rebuilt(shop: Database, till: Database, nc: Client) -> None:
    """Until the owner's page is there, everything that was held is still there to be read."""
    gate = asyncio.Event()
    began = asyncio.Event()

    class Slow(Cups):
        async def apply(self, tx: Tx, record: object) -> None:
            began.set()
            await gate.wait()
            await super().apply(tx, record)  # type: ignore[arg-type]

    for cup in "ab":
        await fill(shop, cup)
    await follow(shop, till, nc, 2)
    await fill(shop, "c")
    await number_all(shop)
    await shop.execute("delete from outbox_log")
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Slow()).run()):
        await began.wait()
        assert {"a", "b"} == set(await contents(till))
        gate.set()
        await until_mark(till, 3)
    assert {"a", "b", "c"} == set(await contents(till))


async def test_a_new_epoch_rebuilds(shop: Database, till: Database, nc: Client) -> None:
    """A restored producer's records win over newer versions of a history that is gone; its deletions are undone."""
    await fill(shop, "a", 1, "tea")
    await fill(shop, "b", 1, "tea")
    await follow(shop, till, nc, 2)
    async with till.transaction() as tx:
        # What the listener had heard after the dump that the producer was restored from.
        await upsert(tx, "a", 7, "lost")
        await upsert(tx, "b", 7, "", deleted=True)
        await upsert(tx, "lost", 3, "lost")
        await tx.execute("update marks set mark = 9")
    await new_epoch(shop)
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Cups()).run()):

        async def same() -> bool:
            return {"a": "tea", "b": "tea"} == await contents(till) and await state(till) == "following"

        await until(same)
        await fill(shop, "a", 2, "coffee")
        await until_mark(till, 3)
    assert {"a": "coffee", "b": "tea"} == await contents(till)


async def test_a_mark_above_the_newest_stops(shop: Database, till: Database, nc: Client) -> None:
    """A producer restored without a new epoch is not followed: nothing is applied until the epoch is new."""
    await fill(shop, "a")
    await follow(shop, till, nc, 1)
    await till.execute("update marks set mark = 9")
    listener = a_listener(till, nc).keep(Cups())
    async with a_shop(shop, nc), running(listener.run()):

        async def stopped() -> bool:
            return await state(till) == "stopped"

        await until(stopped)
        for cup in "bcdefghijklm":
            await fill(shop, cup)
        await asyncio.sleep(1.5)
        assert ("stopped", {"a"}) == (await state(till), set(await contents(till)))
        await new_epoch(shop)

        async def same() -> bool:
            return await contents(till) == await contents(shop)

        await until(same)


async def test_a_rebuild_goes_on_where_it_was(shop: Database, till: Database, nc: Client) -> None:
    """An instance that dies in the middle of a rebuild leaves its place to the next."""
    applied: list[str] = []
    second_page = asyncio.Event()

    class Halting(Cups):
        async def apply(self, tx: Tx, record: object) -> None:
            if len(applied) >= 200:
                second_page.set()
                await asyncio.Event().wait()
            await super().apply(tx, record)  # type: ignore[arg-type]
            applied.append(record.key)  # type: ignore[attr-defined]

    class Counting(Cups):
        async def apply(self, tx: Tx, record: object) -> None:
            await super().apply(tx, record)  # type: ignore[arg-type]
            applied.append(record.key)  # type: ignore[attr-defined]

    async with shop.transaction() as tx:
        for number in range(300):
            await upsert(tx, f"{number:03}", 1, "tea")
        await announce(tx, CupFilled("000", 1, "tea"))
    await number_all(shop)
    await shop.execute("delete from outbox_log")
    async with a_shop(shop, nc):
        async with running(a_listener(till, nc).keep(Halting()).run()):
            await second_page.wait()
        async with running(a_listener(till, nc).keep(Counting()).run()):
            await until_mark(till, 1)
    assert [f"{number:03}" for number in range(300)] == applied


async def test_a_record_made_during_the_rebuild_stays(shop: Database, till: Database, nc: Client) -> None:
    """What another path wrote after the rebuild began is not taken for something that the owner has lost."""

    class Meeting(Cups):
        async def apply(self, tx: Tx, record: object) -> None:
            async with till.transaction() as other:
                await upsert(other, "newborn", 1, "tea")
            await super().apply(tx, record)  # type: ignore[arg-type]

    await fill(shop, "a")
    await number_all(shop)
    await shop.execute("delete from outbox_log")
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Meeting()).run()):
        await until_mark(till, 1)
    assert {"a", "newborn"} == set(await contents(till))


@pytest.mark.parametrize(("held", "expected"), [(1, {"b", "c", "d"}), (2, {"c", "d"}), (9, {"d"})])
async def test_without_a_copy_a_new_epoch_is_followed(
    shop: Database, till: Database, nc: Client, held: int, expected: set[str]
) -> None:
    """Who keeps no copy goes on from the last position that both epochs share: nothing of it twice, nothing missed."""
    for cup in "abc":
        await fill(shop, cup)
    await number_all(shop)
    epoch = await shop.fetchval("select epoch from outbox_head")
    origin = f"shop/0@{epoch}"
    await till.execute("insert into marks (producer, origin, mark) values ('shop/0', $1, $2)", origin, held)
    await new_epoch(shop)
    async with (
        a_shop(shop, nc),
        running(Listener(till, nc, "till", "shop").on(CupFilled, take_filled).run()),
    ):
        await fill(shop, "d")

        async def arrived() -> bool:
            return "d" in await contents(till)

        await until(arrived)
    assert expected == set(await contents(till))


async def test_an_operator_asks_for_a_rebuild(shop: Database, till: Database, nc: Client) -> None:
    """While the listener runs, a copy that was damaged becomes whole again, and it goes on following."""
    for cup in ("kept", "changed", "lost"):
        await fill(shop, cup)
    async with a_shop(shop, nc), running(a_listener(till, nc).keep(Cups()).run()):
        await until_mark(till, 3)
        await till.execute("delete from cups where id = 'lost'")
        assert not await marks.distrust(till, "nobody/0")
        assert await marks.distrust(till, await till.fetchval("select producer from marks"))
        await until(lambda: _whole(shop, till))
        await fill(shop, "after")
        await until_mark(till, 4)
        await until(lambda: _whole(shop, till))
    assert "following" == await state(till)


async def _whole(shop: Database, till: Database) -> bool:
    return bool(await contents(shop) == await contents(till))
