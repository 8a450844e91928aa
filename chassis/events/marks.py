"""The listener's own row: how far each producer has been followed."""

from typing import Literal, NamedTuple

from chassis.postgres import Database, Row, Tx

State = Literal["following", "rebuilding", "stopped"]


class Mark(NamedTuple):
    """One row of `marks`; positions up to `mark` of `origin` have been applied, or parked."""

    origin: str
    mark: int
    tries: int
    state: State
    resume_origin: str
    resume_mark: int
    kind: str
    cursor: str


async def read(db: Database, producer: str) -> Mark:
    """Makes the row where it is missing."""
    row = await db.fetchrow(
        """select origin, mark, tries, state, resume_origin, resume_mark, kind, cursor
        from marks where producer = $1""",
        producer,
    )
    if row is None:
        await db.execute("insert into marks (producer) values ($1) on conflict do nothing", producer)
        return await read(db, producer)
    return _mark(row)


async def take(tx: Tx, producer: str) -> Mark | None:
    """Ours until the transaction ends; None while another instance has it."""
    row = await tx.fetchrow(
        """select origin, mark, tries, state, resume_origin, resume_mark, kind, cursor
        from marks where producer = $1 for update skip locked""",
        producer,
    )
    return None if row is None else _mark(row)


async def advance(tx: Tx, producer: str, mark: int, tries: int = 0) -> None:
    await tx.execute("update marks set mark = $2, tries = $3 where producer = $1", producer, mark, tries)


async def follow(tx: Tx, producer: str, origin: str, mark: int) -> None:
    """Goes on with the log of `origin` after `mark`."""
    await tx.execute(
        """update marks set origin = $2, mark = $3, tries = 0, state = 'following',
            resume_origin = '', resume_mark = 0, kind = '', cursor = '' where producer = $1""",
        producer,
        origin,
        mark,
    )


async def distrust(db: Database, producer: str) -> bool:
    """Makes a following listener take its copy anew, as after a new epoch; False where nothing is followed now.

    No log has this origin, so whichever instance looks next concludes that its owner's history was replaced.
    """
    asked: str | None = await db.fetchval(
        """update marks set origin = producer || '@asked'
        where producer = $1 and state = 'following' and origin <> '' returning origin""",
        producer,
    )
    return asked is not None


async def stop(tx: Tx, producer: str) -> None:
    await tx.execute("update marks set state = 'stopped' where producer = $1", producer)


async def rebuild(tx: Tx, producer: str, origin: str, mark: int, kind: str) -> None:
    """Begins with the first kind; afterwards the log of `origin` is followed after `mark`."""
    await tx.execute(
        """update marks set state = 'rebuilding', tries = 0,
            resume_origin = $2, resume_mark = $3, kind = $4, cursor = '' where producer = $1""",
        producer,
        origin,
        mark,
        kind,
    )


async def turn_page(tx: Tx, producer: str, kind: str, cursor: str) -> None:
    await tx.execute("update marks set kind = $2, cursor = $3 where producer = $1", producer, kind, cursor)


def _mark(row: Row) -> Mark:
    return Mark(**dict(row))
