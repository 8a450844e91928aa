"""A table kept by days: made ahead, dropped in time, and no row is lost where a lock was not to be had."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from chassis import days
from chassis.postgres import Database

LOG = days.Log("diary", "at", "id", kept=7)


@pytest.fixture
async def db(new_database: Callable[[str], Awaitable[str]]) -> AsyncIterator[Database]:
    database = Database(await new_database("diary"))
    await database.start()
    await database.execute("create table diary (at timestamptz not null, id int not null) partition by range (at)")
    await database.execute("create table diary_default partition of diary default")
    yield database
    await database.stop()


def a_day(offset: int) -> str:
    return f"diary_{datetime.now(UTC) + timedelta(days=offset):%Y%m%d}"


async def names(db: Database) -> list[str]:
    rows = await db.fetch("select relid::text as name from pg_partition_tree('diary') where isleaf order by 1")
    return [row["name"] for row in rows]


async def test_days_come_and_go(db: Database) -> None:
    """Today and two more are there, a day past its time is dropped, and again changes nothing."""
    await db.execute("create table diary_20200101 partition of diary for values from ('2020-01-01') to ('2020-01-02')")
    await db.execute("create table diary_of_mine partition of diary for values from ('2019-01-01') to ('2019-01-02')")
    assert ["diary_20200101"] == await days.keep(db, LOG)
    assert [] == await days.keep(db, LOG)
    assert sorted([a_day(0), a_day(1), a_day(2), "diary_default", "diary_of_mine"]) == await names(db)


async def test_a_day_that_began_in_the_default_partition_stays_there(db: Database) -> None:
    """No row moves; it is purged by its age, in batches."""
    await db.execute(
        "insert into diary values (now(), 1), (now() - interval '9 days', 2), (now() + interval '9 years', 3)"
    )
    await days.keep(db, LOG)
    assert a_day(0) not in await names(db)
    assert [1, 3] == [row["id"] for row in await db.fetch("select id from diary order by id")]
    assert 0 == await db.fetchval("select count(*) from diary where at > now()")


async def test_a_lock_that_is_not_to_be_had_waits_for_the_next_time(db: Database) -> None:
    """A long reader stops nothing and is not stopped."""
    async with db.transaction() as tx:
        await tx.fetch("select * from diary")
        assert [] == await days.keep(db, LOG)
    assert [] == [name for name in await names(db) if name != "diary_default"]
    await days.keep(db, LOG)
    assert 4 == len(await names(db))
