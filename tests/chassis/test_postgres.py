"""The database: what commits is kept, what fails leaves nothing, and a connection remembers nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import RFC_4122, UUID

import asyncpg
import msgspec
import pytest

from chassis.postgres import UNAVAILABLE, Database, nudge_on_commit, random_uuid
from deploy.local.servers.postgres import Postgres


class CupFull(Exception):
    """What a verb under test raises."""


class Tea(msgspec.Struct):
    """Something kept as jsonb."""

    kind: str
    minutes: int


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    """One connection, so that each test meets what the one before left on it."""
    database = Database(postgres_url, max_size=1, statement_timeout_ms=5_000)
    await database.start()
    await database.execute("create table cups (name text primary key, tea jsonb)")
    yield database
    await database.stop()


@pytest.fixture
async def nudges(db: Database) -> AsyncIterator[list[str]]:
    """Grows by one with each nudge."""
    heard: list[str] = []

    def wake() -> None:
        heard.append("nudge")

    db.on_nudge(wake)
    yield heard
    db.off_nudge(wake)


async def names(db: Database) -> set[str]:
    return {row["name"] for row in await db.fetch("select name from cups")}


async def test_a_transaction_commits_at_its_end(db: Database) -> None:
    """What was written within the block is there after it."""
    async with db.transaction() as tx:
        await tx.execute("insert into cups (name) values ('red')")
    assert "red" in await names(db)


async def test_an_exception_rolls_back(db: Database) -> None:
    """Whatever is raised within the block undoes all of it, and goes on its way."""

    async def fill() -> None:
        async with db.transaction() as tx:
            await tx.execute("insert into cups (name) values ('blue')")
            raise CupFull

    with pytest.raises(CupFull):
        await fill()
    assert "blue" not in await names(db)


async def test_a_cancelled_transaction_rolls_back(db: Database) -> None:
    """A caller who went away leaves nothing half done, and the connection is of use to the next."""
    inside = asyncio.Event()

    async def slow() -> None:
        async with db.transaction() as tx:
            await tx.execute("insert into cups (name) values ('green')")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(slow())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "green" not in await names(db)


async def test_a_refused_statement_leaves_a_usable_connection(db: Database) -> None:
    """After a constraint said no, the same connection serves the next request."""
    await db.execute("insert into cups (name) values ('white')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute("insert into cups (name) values ('white')")
    assert 1 == await db.fetchval("select 1")


async def test_no_state_is_left_on_a_connection(db: Database) -> None:
    """The pool resets nothing, so what a transaction sets and locks must end with it."""
    async with db.transaction() as tx:
        before = await tx.fetchval("select pg_backend_pid()")
        await tx.execute("set local statement_timeout = '77ms'")
        await tx.execute("select pg_advisory_xact_lock(7)")
        await tx.execute("create temporary table saucers (id int) on commit drop")
    async with db.connection() as connection:
        assert before == await connection.fetchval("select pg_backend_pid()")
        assert "5s" == await connection.fetchval("show statement_timeout")
        assert 0 == await connection.fetchval("select count(*) from pg_locks where locktype = 'advisory'")
        assert await connection.fetchval("select to_regclass('saucers') is null")


async def test_no_statement_runs_for_ever(postgres_url: str) -> None:
    """Postgres itself ends a statement past the limit that the pool was made with."""
    hasty = Database(postgres_url, max_size=1, statement_timeout_ms=50)
    await hasty.start()
    with pytest.raises(asyncpg.QueryCanceledError):
        await hasty.execute("select pg_sleep(30)")
    await hasty.stop()


async def test_structs_are_kept_as_jsonb(db: Database) -> None:
    """A Struct goes in as it is, and comes back as what JSON says."""
    await db.execute("insert into cups (name, tea) values ('brown', $1)", Tea("sencha", 2))
    row = await db.fetchrow("select tea, tea->>'kind' as kind from cups where name = 'brown'")
    assert row is not None
    assert ({"kind": "sencha", "minutes": 2}, "sencha") == (row["tea"], row["kind"])


async def test_a_nudge_comes_after_the_commit(db: Database, nudges: list[str]) -> None:
    """Whoever is woken finds what was written: not a moment sooner."""
    async with db.transaction():
        nudge_on_commit()
        await asyncio.sleep(0)
        assert [] == nudges
    assert ["nudge"] == nudges


async def test_a_nudge_about_something_wakes_those_who_wait_for_it(db: Database, nudges: list[str]) -> None:
    """And those who wait for anything; who waits for something else sleeps on."""
    tea, cups = [0], [0]

    def of_tea() -> None:
        tea[0] += 1

    def of_cups() -> None:
        cups[0] += 1

    db.on_nudge(of_tea, "tea")
    db.on_nudge(of_cups, "cups")
    async with db.transaction():
        nudge_on_commit("tea")
        nudge_on_commit("tea")
    async with db.transaction():
        nudge_on_commit()
    db.off_nudge(of_tea)
    db.off_nudge(of_cups)
    assert (1, 0, 2) == (tea[0], cups[0], len(nudges))


async def test_no_nudge_without_a_commit(db: Database, nudges: list[str]) -> None:
    """A transaction that was rolled back wakes nobody, and its wish does not linger for the next one."""

    async def fail() -> None:
        async with db.transaction():
            nudge_on_commit()
            raise CupFull

    with pytest.raises(CupFull):
        await fail()
    async with db.transaction():
        pass
    assert [] == nudges


async def test_before_its_start_it_says_so(postgres_url: str) -> None:
    """A database that was never started is a mistake in the wiring, told as one."""
    with pytest.raises(RuntimeError, match="before it was started"):
        await Database(postgres_url).fetchval("select 1")


async def test_a_restarted_server_is_found_again(postgres_server: Callable[[], Postgres]) -> None:
    """While it is away every call raises what means unavailable; once it is back the same pool works."""
    server = postgres_server()
    database = Database(server.url, max_size=2)
    await database.start()
    await database.ping()
    await asyncio.to_thread(server.kill)
    with pytest.raises(UNAVAILABLE):
        await database.ping()
    server.start()
    async with asyncio.timeout(30):
        while True:
            try:
                await database.ping()
                break
            except UNAVAILABLE:
                await asyncio.sleep(0.05)
    await database.stop()


def test_a_random_uuid_is_one_of_version_4() -> None:
    """Whoever reads it sees the version and variant of RFC 9562, and no two are alike."""
    made = [random_uuid() for _ in range(100)]
    assert {(4, RFC_4122)} == {((read := UUID(str(one))).version, read.variant) for one in made}
    assert 100 == len(set(made))
    assert all(isinstance(one, UUID) for one in made)
