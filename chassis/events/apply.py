"""Applies consecutive events and moves the mark in one transaction: what was applied is exactly what the mark says."""

import asyncio
from typing import NamedTuple

import structlog

from chassis.events import frames, marks, parked
from chassis.events.arrivals import Arrivals
from chassis.events.dispatch import Dispatch
from chassis.postgres import Database, Tx

logger = structlog.get_logger()

TRIES = 5
FIRST_PAUSE_SECONDS = 0.05
"""Before a failed event is tried again; doubled each time."""


class Applied(NamedTuple):
    """Where the mark stands after a batch; `mark` is None while another instance is at work."""

    mark: marks.Mark | None
    size: int = 0
    """How many events were looked at."""


async def batch(db: Database, producer: str, arrivals: Arrivals, dispatch: Dispatch) -> Applied:
    """Up to frames.PAGE_EVENTS events together; if one fails, all of them once more, each on its own ground.

    A savepoint each would cost two statements per event for something that almost never happens.
    """
    try:
        applied = await _in_transaction(db, producer, arrivals, dispatch, careful=False)
    except Exception as error:  # noqa: BLE001 - the second attempt tells whose fault it was
        logger.warning("events.batch.failed", producer=producer, error=f"{type(error).__name__}: {error}")
        applied = await _in_transaction(db, producer, arrivals, dispatch, careful=True)
    if applied.mark is not None and applied.mark.tries:
        await asyncio.sleep(FIRST_PAUSE_SECONDS * 2 ** (applied.mark.tries - 1))
    return applied


async def _in_transaction(
    db: Database, producer: str, arrivals: Arrivals, dispatch: Dispatch, *, careful: bool
) -> Applied:
    async with db.transaction() as tx:
        mark, run = await _take(tx, producer, arrivals)
        if mark is None or not run:
            return Applied(mark)
        if careful or mark.tries:
            reached, tries = await _one_by_one(tx, mark, run, dispatch)
        else:
            await dispatch.run(tx, run)
            reached, tries = run[-1].position, 0
        await marks.advance(tx, producer, reached, tries)
    return Applied(mark._replace(mark=reached, tries=tries), len(run))


async def _one_by_one(tx: Tx, mark: marks.Mark, run: list[frames.Sent], dispatch: Dispatch) -> tuple[int, int]:
    """A savepoint each; stops before the first that fails, or parks it at its last try. The new mark, and its tries."""
    reached = mark.mark
    for sent in run:
        error = await _attempt(tx, sent, dispatch)
        if error is not None:
            tries = (mark.tries if sent.position == mark.mark + 1 else 0) + 1
            if tries < TRIES:
                return reached, tries
            await parked.park(tx, sent, error)
        reached = sent.position
    return reached, 0


async def _take(tx: Tx, producer: str, arrivals: Arrivals) -> tuple[marks.Mark | None, list[frames.Sent]]:
    mark = await marks.take(tx, producer)
    if mark is None or mark.state != "following":
        return mark, []
    arrivals.begin(mark.origin, mark.mark)
    return mark, arrivals.after(mark.mark, frames.PAGE_EVENTS)


async def _attempt(tx: Tx, sent: frames.Sent, dispatch: Dispatch) -> Exception | None:
    """A lost connection is nobody's fault and raises; any other error is the event's."""
    try:
        async with tx.transaction():
            await dispatch(tx, sent)
    except Exception as error:
        if tx.is_closed():
            raise
        logger.exception("event.failed", tag=sent.tag, origin=sent.origin, position=sent.position)
        return error
    return None
