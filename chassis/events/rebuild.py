"""Takes a copy of another service's records anew, page by page, while the old copy goes on being read.

Every page is one transaction with its place in the snapshot, so any instance can go on where another one died.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from chassis.events import frames, marks
from chassis.events.marks import Mark
from chassis.postgres import Database, Tx

logger = structlog.get_logger()


class Replica(Protocol):
    """What a service keeps of another's records of one kind. Deleted ones stay as tombstones with their version."""

    kind: str

    async def keys(self, tx: Tx) -> Sequence[str]:
        """The keys of the records held, all at once, without the tombstones."""

    async def distrust(self, tx: Tx) -> None:
        """A new epoch: set every version held to 0, tombstones' too, so that all the owner says is newer."""

    async def apply(self, tx: Tx, record: frames.Record) -> None:
        """Upserts the record if it is newer than what is held."""

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        """Makes tombstones of records that the owner no longer has."""


class Snapshots(Protocol):
    """Whoever can be asked for the snapshot."""

    async def snapshot(self, kind: str, after: str) -> frames.Snapshot: ...


Replicas = Mapping[str, Replica]


async def begin(tx: Tx, producer: str, log: frames.Events, replicas: Replicas, *, distrust: bool) -> None:
    """Notes where the log stands now and what is held now; the events after that are applied when the copy is whole.

    A record that appears after this moment is in no list, so it cannot be taken for one that the owner has lost.
    """
    await tx.execute("delete from rebuild_unseen where producer = $1", producer)
    for kind, replica in replicas.items():
        if distrust:
            await replica.distrust(tx)
        await tx.execute(
            "insert into rebuild_unseen (producer, kind, key) select $1, $2, unnest($3::text[])",
            producer,
            kind,
            list(await replica.keys(tx)),
        )
    await marks.rebuild(tx, producer, log.origin, log.newest, next(iter(replicas)))
    logger.warning("events.rebuild.began", producer=producer, origin=log.origin, position=log.newest)


async def step(db: Database, producer: str, mark: Mark, owner: Snapshots, replicas: Replicas) -> bool:
    """One page. False if it brought nothing: another instance was faster, or the owner has begun a new epoch."""
    page = await owner.snapshot(mark.kind, mark.cursor)
    if page.origin != mark.resume_origin:
        return False
    async with db.transaction() as tx:
        if await marks.take(tx, producer) != mark:
            return False
        replica = replicas[mark.kind]
        for record in page.records:
            await replica.apply(tx, record)
        seen = [record.key for record in page.records]
        await tx.execute(
            "delete from rebuild_unseen where producer = $1 and kind = $2 and key = any($3::text[])",
            producer,
            mark.kind,
            seen,
        )
        if page.more:
            await marks.turn_page(tx, producer, mark.kind, seen[-1])
        else:
            await _end_of_kind(tx, producer, mark, replicas)
    return True


async def _end_of_kind(tx: Tx, producer: str, mark: Mark, replicas: Replicas) -> None:
    """What the owner has not named is gone; then the next kind, or back to the log."""
    rows = await tx.fetch(
        "delete from rebuild_unseen where producer = $1 and kind = $2 returning key", producer, mark.kind
    )
    if rows:
        await replicas[mark.kind].remove(tx, [row["key"] for row in rows])
    kinds = list(replicas)
    after = kinds[kinds.index(mark.kind) + 1 :]
    if after:
        await marks.turn_page(tx, producer, after[0], "")
        return
    await marks.follow(tx, producer, mark.resume_origin, mark.resume_mark)
    logger.warning("events.rebuild.ended", producer=producer, origin=mark.resume_origin, position=mark.resume_mark)
