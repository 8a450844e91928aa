"""Applies consecutive events and moves the mark in one transaction: what was applied is exactly what the mark says."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
import structlog

from chassis import log, metrics, trace, work
from chassis.events import frames, marks
from chassis.events.arrivals import Arrivals
from chassis.postgres import Database, Tx

logger = structlog.get_logger()

TRIES = 5
FIRST_PAUSE_SECONDS = 0.05
"""Before a failed event is tried again; doubled each time."""

_parked = metrics.counter("events.parked", description="Events set aside after failing five times.")
_effect = metrics.histogram("events.effect", "s", "From an event's announcement to the end of its handler.")

Apply = Callable[[Tx, Any], Awaitable[None]]


class Dispatch:
    """Which handler takes which tag; a tag that nobody takes is passed over."""

    def __init__(self, producer: str) -> None:
        self._producer = producer
        self._known: dict[str, tuple[msgspec.json.Decoder[Any], Apply]] = {}

    def add(self, kind: type[msgspec.Struct], apply: Apply) -> None:
        tag = str(kind.__struct_config__.tag)
        if tag in self._known:
            raise ValueError(f"two handlers for {tag}")
        self._known[tag] = (msgspec.json.Decoder(kind), apply)

    async def __call__(self, tx: Tx, sent: frames.Sent) -> None:
        """One event, in the trace and under the request id of the change that it tells of."""
        known = self._known.get(sent.tag)
        if known is None:
            return
        decoder, apply = known
        before = log.request_id.set(sent.request_id)
        try:
            with (
                trace.arriving(sent.traceparent),
                work.unit("event.applied", kind="consumer", labels={"tag": sent.tag}) as unit,
            ):
                unit.note(origin=sent.origin, position=sent.position)
                await apply(tx, decoder.decode(sent.payload))
        finally:
            log.request_id.reset(before)
        _effect.record(max(0.0, time.time() - sent.announced_at), {"producer": self._producer})


class Applied(NamedTuple):
    """Where the mark stands after a batch; `mark` is None while another instance is at work."""

    mark: marks.Mark | None
    again: bool = False
    """Whether there may be more to do at once."""


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
            for sent in run:
                await dispatch(tx, sent)
            reached, tries = run[-1].position, 0
        await marks.advance(tx, producer, reached, tries)
    return Applied(mark._replace(mark=reached, tries=tries), again=True)


async def _one_by_one(tx: Tx, mark: marks.Mark, run: list[frames.Sent], dispatch: Dispatch) -> tuple[int, int]:
    """A savepoint each; stops before the first that fails, or parks it at its last try. The new mark, and its tries."""
    reached = mark.mark
    for sent in run:
        error = await _attempt(tx, sent, dispatch)
        if error is not None:
            tries = (mark.tries if sent.position == mark.mark + 1 else 0) + 1
            if tries < TRIES:
                return reached, tries
            await _park(tx, sent, error)
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


async def _park(tx: Tx, sent: frames.Sent, error: Exception) -> None:
    await marks.park(tx, sent, f"{type(error).__name__}: {error}")
    _parked.add(1, {"tag": sent.tag})
    logger.error("event.parked", tag=sent.tag, origin=sent.origin, position=sent.position, error=str(error))
