"""A shop that fills cups and a till that keeps a copy of them: one producer and one listener, with nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client

import chassis.events
from chassis.events import Listener, Record, Relay, Replay, announce
from chassis.migrate import migrate
from chassis.postgres import Database, Tx

MIGRATIONS = Path(chassis.events.__file__).parent / "migrations"

CUPS = (
    "create table cups (id text primary key, version bigint not null, content text not null, deleted boolean not null)"
)


class CupFilled(msgspec.Struct, frozen=True, tag="shop.cup.filled"):
    id: str
    version: int
    content: str


class CupBroken(msgspec.Struct, frozen=True, tag="shop.cup.broken"):
    id: str
    version: int


class WeatherChanged(msgspec.Struct, frozen=True, tag="shop.weather.changed"):
    """Nobody listens to this."""

    sunny: bool = True


async def a_database(url: str) -> Database:
    """Migrated, with a table of cups, and started."""
    await migrate(url, MIGRATIONS)
    db = Database(url, max_size=6)
    await db.start()
    await db.execute(CUPS)
    return db


async def upsert(tx: Tx, id: str, version: int, content: str, *, deleted: bool = False) -> None:  # noqa: A002
    """The pattern of every replica: one statement that takes only what is newer, tombstones included."""
    await tx.execute(
        """insert into cups (id, version, content, deleted) values ($1, $2, $3, $4)
        on conflict (id) do update set version = excluded.version, content = excluded.content,
            deleted = excluded.deleted where cups.version < excluded.version""",
        id,
        version,
        content,
        deleted,
    )


async def fill(db: Database, id: str, version: int = 1, content: str = "tea") -> None:  # noqa: A002
    """The shop's verb: a change and its event in one transaction."""
    async with db.transaction() as tx:
        await upsert(tx, id, version, content)
        await announce(tx, CupFilled(id, version, content))


async def break_cup(db: Database, id: str, version: int) -> None:  # noqa: A002
    async with db.transaction() as tx:
        await upsert(tx, id, version, "", deleted=True)
        await announce(tx, CupBroken(id, version))


class Cups:
    """The till's copy of the cups."""

    kind = "cup"

    async def keys(self, tx: Tx) -> Sequence[str]:
        return [row["id"] for row in await tx.fetch("select id from cups where not deleted")]

    async def distrust(self, tx: Tx) -> None:
        await tx.execute("update cups set version = 0")

    async def apply(self, tx: Tx, record: Record) -> None:
        await upsert(tx, record.key, record.version, record.payload.decode())

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        await tx.execute("update cups set deleted = true, content = '' where id = any($1::text[])", list(keys))


def a_replay(db: Database) -> Replay:
    """The shop's answers; its snapshot has the cups that are whole."""

    async def cups(after: str, limit: int) -> list[Record]:
        rows = await db.fetch(
            "select id, version, content from cups where id > $1 and not deleted order by id limit $2", after, limit
        )
        return [Record(row["id"], row["version"], row["content"].encode()) for row in rows]

    return Replay(db, "shop", {"cup": cups})


async def take_filled(tx: Tx, event: CupFilled) -> None:
    await upsert(tx, event.id, event.version, event.content)


async def take_broken(tx: Tx, event: CupBroken) -> None:
    await upsert(tx, event.id, event.version, "", deleted=True)


def a_listener(db: Database, nc: Client) -> Listener:
    return Listener(db, nc, "till", "shop").on(CupFilled, take_filled).on(CupBroken, take_broken)


@asynccontextmanager
async def running(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the loops for the length of the block; one that breaks fails the test."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def a_shop(db: Database, nc: Client) -> AsyncIterator[None]:
    """The producer at work: a relay, and answers."""
    replay = a_replay(db)
    await replay.start(nc)
    try:
        async with running(Relay(db, nc, "shop").run()):
            yield
    finally:
        await replay.drain()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Waits until it holds; failing that, TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)


async def mark(db: Database) -> int:
    return await db.fetchval("select coalesce(max(mark), 0) from marks") or 0


async def until_mark(db: Database, position: int) -> None:
    async def reached() -> bool:
        return await mark(db) >= position

    await until(reached)


async def contents(db: Database) -> dict[str, str]:
    """The cups that are whole."""
    return {row["id"]: row["content"] for row in await db.fetch("select id, content from cups where not deleted")}
