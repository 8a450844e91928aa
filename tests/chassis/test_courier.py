"""What waits in a table is carried once, tried again after pauses, and given up in the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from chassis import metrics, work
from chassis.clock import FrozenClock
from chassis.courier import Courier, NotCarried
from chassis.postgres import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)


class Errand(msgspec.Struct, frozen=True):
    id: int
    tries: int
    word: str


class Errands:
    """A queue like those of the services, in a table of the test's own."""

    async def claim(self, db: Database, now: datetime, most: int) -> list[Errand]:
        rows = await db.fetch(
            """update errands set leased_until = $2, tries = tries + 1 where id in (
                select id from errands where ended is null and due_at <= $1
                    and (leased_until is null or leased_until <= $1) order by id limit $3 for update skip locked)
            returning id, tries, word""",
            now,
            now + LEASE,
            most,
        )
        return [Errand(**dict(row)) for row in rows]

    async def sent(self, db: Database, row: int, _: datetime) -> None:
        await db.execute("update errands set ended = 'sent' where id = $1", row)

    async def postpone(self, db: Database, row: int, until: datetime, why: str) -> None:
        await db.execute("update errands set due_at = $2, leased_until = null, why = $3 where id = $1", row, until, why)

    async def give_up(self, db: Database, row: int, _: datetime, why: str) -> None:
        await db.execute("update errands set ended = 'given up', why = $2 where id = $1", row, why)


class Messenger(Courier[Errand]):
    """Who is told `yes` is heard; every other word is a way to fail."""

    name = "errand"
    failures = metrics.counter("errand.failed")
    pauses = (timedelta(seconds=2), timedelta(seconds=10))

    def __init__(self, db: Database, clock: FrozenClock) -> None:
        super().__init__(db, clock, Errands())
        self.carried: list[int] = []

    def unit(self, one: Errand) -> work.unit:
        return work.unit("errand.sent", kind="client")

    async def carry(self, one: Errand, unit: work.unit) -> None:
        unit.note(word=one.word)
        self.carried.append(one.id)
        if one.word == "broken":
            raise ValueError("bot-token-77")
        if one.word == "away":
            raise asyncpg.PostgresConnectionError
        if one.word != "yes":
            raise NotCarried("status 500", final=one.word == "forbidden")


@pytest.fixture(scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(postgres_url)
    await database.start()
    await database.execute(
        """create table errands (id bigint generated always as identity primary key, word text not null,
            due_at timestamptz not null, tries integer not null default 0, leased_until timestamptz,
            ended text, why text)"""
    )
    yield database
    await database.stop()


@pytest.fixture(autouse=True)
async def _empty(db: Database) -> None:
    await db.execute("truncate errands restart identity")


async def _wait(db: Database, *words: str) -> None:
    async with db.transaction() as tx:
        for word in words:
            await tx.execute("insert into errands (word, due_at) values ($1, $2)", word, NOON)


async def _ends(db: Database) -> list[tuple[str | None, timedelta, str | None]]:
    rows = await db.fetch("select ended, due_at, why from errands order by id")
    return [(row["ended"], row["due_at"] - NOON, row["why"]) for row in rows]


async def test_each_end_has_its_word(db: Database) -> None:
    """What was heard is over; what was refused waits, and is given up after the last pause, or at once if final."""
    clock = FrozenClock(NOON)
    messenger = Messenger(db, clock)
    await _wait(db, "yes", "no", "forbidden")
    assert 3 == await messenger.deliver()
    two = timedelta(seconds=2)
    assert [("sent", timedelta(), None), (None, two, "status 500"), ("given up", timedelta(), "status 500")] == (
        await _ends(db)
    )
    clock.advance(two)
    assert (1, 0) == (await messenger.deliver(), await messenger.deliver())
    clock.advance(timedelta(seconds=10))
    assert 1 == await messenger.deliver()
    assert ("given up", timedelta(seconds=12), "status 500") == (await _ends(db))[1]


async def test_what_breaks_is_kept_by_its_name_alone(db: Database) -> None:
    """An unexpected error may tell a secret: its kind is kept, and the others are carried all the same."""
    await _wait(db, "broken", "yes")
    await Messenger(db, FrozenClock(NOON)).deliver()
    assert [(None, timedelta(seconds=2), "ValueError"), ("sent", timedelta(), None)] == await _ends(db)


async def test_without_postgres_nothing_is_said_of_a_row(db: Database) -> None:
    """That Postgres is away is not the receiver's fault: the row stays in hand until its lease ends."""
    clock = FrozenClock(NOON)
    await _wait(db, "away")
    with pytest.raises(asyncpg.PostgresConnectionError):
        await Messenger(db, clock).deliver()
    assert [(None, timedelta(), None)] == await _ends(db)
    assert 0 == await Messenger(db, clock).deliver()


async def test_two_couriers_never_carry_the_same(db: Database) -> None:
    """Twenty errands, two processes, eight at a time: each is carried once."""
    clock = FrozenClock(NOON)
    one, other = Messenger(db, clock), Messenger(db, clock)
    await _wait(db, *["yes"] * 20)
    assert 16 == sum(await asyncio.gather(one.deliver(), other.deliver()))
    assert 4 == await one.deliver()
    assert list(range(1, 21)) == sorted(one.carried + other.carried)
