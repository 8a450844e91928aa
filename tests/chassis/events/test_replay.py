"""The producer's answers: pages of the log and of its records, never larger than a frame."""

import msgspec
import pytest
from nats.aio.client import Client

from chassis.events import Record, Replay, announce, frames, new_epoch
from chassis.events.frames import EventsAsked, SnapshotAsked
from chassis.events.owner import Owner
from chassis.postgres import Database
from chassis.problems import Carried
from tests.chassis.events.builders import CupFilled, a_replay, fill, upsert


async def numbered(shop: Database, *contents: str) -> None:
    async with shop.transaction() as tx:
        for number, content in enumerate(contents):
            await announce(tx, CupFilled(str(number), 1, content))
    await shop.fetchrow("select * from outbox_number(1000, 0)")


async def test_pages_follow_each_other(shop: Database, nc: Client) -> None:
    """Asking after the last position of a page gives the next page, until there is nothing more."""
    await numbered(shop, *["tea"] * 450)
    replay = a_replay(shop)
    await replay.start(nc)
    owner = Owner(nc, "till", "shop")
    pages, after, origin = [], 0, ""
    while (page := await owner.events(origin, after)).events:
        pages.append([sent.position for sent in page.events])
        after, origin = page.events[-1].position, page.origin
    await replay.drain()
    assert [200, 200, 50] == [len(page) for page in pages]
    assert list(range(1, 451)) == [position for page in pages for position in page]
    assert (1, 450) == (page.oldest, page.newest)


async def test_a_page_fits_a_frame(shop: Database) -> None:
    """A page of large events ends early, and always holds one at least."""
    large = "x" * (frames.EVENT_BYTES - 100)
    await numbered(shop, *[large] * 5)
    page = await a_replay(shop).events(EventsAsked("", 0))
    assert [1, 2, 3] == [sent.position for sent in page.events]
    assert 1024 * 1024 > len(msgspec.msgpack.encode(page))


async def test_another_epochs_position_gets_no_events(shop: Database) -> None:
    """Who follows an origin that is gone learns of the new one, and is given nothing that would not fit."""
    await fill(shop, "a")
    await numbered(shop)
    before = await a_replay(shop).events(EventsAsked("", 0))
    await new_epoch(shop)
    after = await a_replay(shop).events(EventsAsked(before.origin, 0))
    assert (1, []) == (after.began, after.events)
    assert before.origin != after.origin


async def test_epochs_never_repeat(shop: Database) -> None:
    """Every epoch is larger than the one before, and larger than any that a dump may hold."""
    first = await shop.fetchval("select epoch from outbox_head")
    assert first < await new_epoch(shop) < await new_epoch(shop)


async def test_an_empty_log_begins_after_its_newest(shop: Database) -> None:
    """`oldest` of a log that was purged is the next position, so that a mark below it can be told."""
    await numbered(shop, "tea", "tea")
    await shop.execute("delete from outbox_log")
    page = await a_replay(shop).events(EventsAsked("", 2))
    assert (3, 2) == (page.oldest, page.newest)


async def test_a_snapshot_is_paged_by_key(shop: Database, nc: Client) -> None:
    """Records come by key, as many as a page may hold, and the last page says so."""
    async with shop.transaction() as tx:
        for number in range(201):
            await upsert(tx, f"{number:03}", 1, "tea")
    replay = a_replay(shop)
    await replay.start(nc)
    first = await Owner(nc, "till", "shop").snapshot("cup", "")
    second = await Owner(nc, "till", "shop").snapshot("cup", first.records[-1].key)
    await replay.drain()
    assert (200, True, 1, False) == (len(first.records), first.more, len(second.records), second.more)


async def test_a_snapshot_page_fits_a_frame(shop: Database) -> None:
    """Large records end a page early."""

    async def large(after: str, limit: int) -> list[Record]:
        return [Record(key, 1, b"x" * 200_000) for key in "abcdef" if key > after][:limit]

    page = await Replay(shop, "shop", {"cup": large}).snapshot(SnapshotAsked("cup"))
    assert (["a", "b"], True) == ([record.key for record in page.records], page.more)


async def test_an_unknown_kind_is_refused(shop: Database, nc: Client) -> None:
    """A snapshot that is not offered is a problem that travels to the asker."""
    replay = a_replay(shop)
    await replay.start(nc)
    with pytest.raises(Carried) as refused:
        await Owner(nc, "till", "shop").snapshot("spoon", "")
    await replay.drain()
    assert 404 == refused.value.status
