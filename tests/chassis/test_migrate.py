"""Migrations: each once, in order, whole or not at all, and never two processes at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from chassis import migrate as migrations
from chassis.migrate import MigrationChanged, migrate

CUPS = "create table cups (id int primary key)"
COLOUR = "alter table cups add column colour text"


@pytest.fixture
async def url(new_database: Callable[[str], Awaitable[str]]) -> str:
    """A database that no migration has met."""
    return await new_database("migrate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations of a service called `shop`."""
    made = tmp_path / "shop" / "migrations"
    made.mkdir(parents=True)
    return made


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_they_are_applied_by_number(url: str, folder: Path) -> None:
    """The names of what was applied come back, in the order in which it was; a second run has nothing to do."""
    (folder / "0002_colour.sql").write_text(COLOUR)
    (folder / "0001_cups.sql").write_text(CUPS)
    assert ["shop/0001_cups.sql", "shop/0002_colour.sql"] == await migrate(url, folder)
    assert [] == await migrate(url, folder)


async def test_folders_come_in_their_order(url: str, folder: Path, tmp_path: Path) -> None:
    """The chassis goes first, and both may begin at 0001."""
    first = tmp_path / "events" / "migrations"
    first.mkdir(parents=True)
    (first / "0001_cups.sql").write_text(CUPS)
    (folder / "0001_colour.sql").write_text(COLOUR)
    assert ["events/0001_cups.sql", "shop/0001_colour.sql"] == await migrate(url, first, folder)


async def test_two_at_once_take_turns(url: str, folder: Path) -> None:
    """Processes that start together apply each migration once, and all of them find it applied."""
    (folder / "0001_cups.sql").write_text(f"select pg_sleep(0.2); {CUPS}")
    applied = await asyncio.gather(*(migrate(url, folder) for _ in range(4)))
    assert [[], [], [], ["shop/0001_cups.sql"]] == sorted(applied)


async def test_a_changed_migration_is_refused(url: str, folder: Path) -> None:
    """What was applied may not read differently, and nothing is applied on top of the doubt."""
    (folder / "0001_cups.sql").write_text(CUPS)
    await migrate(url, folder)
    (folder / "0001_cups.sql").write_text(f"{CUPS} -- with handles")
    (folder / "0002_colour.sql").write_text(COLOUR)
    with pytest.raises(MigrationChanged, match=r"shop/0001_cups\.sql"):
        await migrate(url, folder)
    assert 1 == await ask(url, "select count(*) from schema_migrations")


async def test_a_failing_migration_leaves_nothing(url: str, folder: Path) -> None:
    """Its first half is undone with its second; those before it stay; mended, it is applied."""
    (folder / "0001_cups.sql").write_text(CUPS)
    (folder / "0002_colour.sql").write_text(f"{COLOUR}; select no_such_function()")
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(url, folder)
    assert 0 == await ask(url, "select count(*) from information_schema.columns where column_name = 'colour'")
    (folder / "0002_colour.sql").write_text(COLOUR)
    assert ["shop/0002_colour.sql"] == await migrate(url, folder)


async def test_a_table_in_use_is_not_queued_for(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that cannot get its lock gives up soon, because everybody else would wait behind it."""
    monkeypatch.setattr(migrations, "LOCK_TIMEOUT", "100ms")
    (folder / "0001_cups.sql").write_text(CUPS)
    await migrate(url, folder)
    (folder / "0002_colour.sql").write_text(COLOUR)
    reader = await asyncpg.connect(url)
    async with reader.transaction():
        await reader.execute("select * from cups")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await migrate(url, folder)
    await reader.close()
    assert ["shop/0002_colour.sql"] == await migrate(url, folder)
