"""The log lies in days; old ones are dropped, and no clock can stop an event."""

from datetime import UTC, datetime, timedelta

from chassis.events import retain
from chassis.postgres import Database
from tests.chassis.events.builders import fill


async def days(db: Database) -> list[str]:
    rows = await db.fetch(
        r"""select relid::text as name from pg_partition_tree('outbox_log')
        where relid::text ~ '\d{8}$' order by name"""
    )
    return [row["name"] for row in rows]


async def number_all(db: Database) -> None:
    await db.fetchrow("select * from outbox_number(1000, 0)")


def a_day(offset: int) -> str:
    return f"outbox_log_{datetime.now(UTC) + timedelta(days=offset):%Y%m%d}"


async def test_days_are_made_in_advance(shop: Database) -> None:
    """Today and the next two days have partitions, and doing it twice changes nothing."""
    await retain(shop)
    await retain(shop)
    assert [a_day(0), a_day(1), a_day(2)] == await days(shop)
    await fill(shop, "a")
    await number_all(shop)
    assert 0 == await shop.fetchval("select count(*) from outbox_log_default")


async def test_old_days_are_dropped(shop: Database) -> None:
    """A day is dropped once it is 30 whole days old, with all its events."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for offset in (-31, -30):
        begins = today + timedelta(days=offset)
        bounds = f"from ('{begins.isoformat()}') to ('{(begins + timedelta(days=1)).isoformat()}')"
        await shop.execute(f"create table {a_day(offset)} partition of outbox_log for values {bounds}")
    assert [a_day(-31)] == await retain(shop, 30)
    assert [a_day(-30), a_day(0), a_day(1), a_day(2)] == await days(shop)


async def test_events_without_a_day_are_kept_and_purged(shop: Database) -> None:
    """Before the first day is made, events lie in the default partition; they are purged by their age as well."""
    for cup in "ab":
        await fill(shop, cup)
    await number_all(shop)
    await retain(shop)
    assert 2 == await shop.fetchval("select count(*) from outbox_log")
    await shop.execute("update outbox_log set numbered_at = now() - interval '32 days' where position = 1")
    await retain(shop)
    assert [2] == [row["position"] for row in await shop.fetch("select position from outbox_log")]


async def test_a_clock_ahead_is_put_right(shop: Database) -> None:
    """What was numbered under a clock years ahead is kept, dated anew, and therefore purged in its turn."""
    await fill(shop, "a")
    await number_all(shop)
    await shop.execute("update outbox_log set numbered_at = now() + interval '3 years'")
    await retain(shop)
    row = await shop.fetchrow("select position, numbered_at <= clock_timestamp() as dated from outbox_log")
    assert row is not None
    assert (1, True) == (row["position"], row["dated"])


async def test_a_busy_table_is_left_for_later(shop: Database) -> None:
    """A long reader makes retention wait for the next time, and nobody else."""
    async with shop.transaction() as tx:
        await tx.fetch("select position from outbox_log")
        assert [] == await retain(shop)
    assert [] == await days(shop)
