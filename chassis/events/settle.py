"""Acts on a verdict, in one transaction that holds the mark, so that several instances conclude once."""

import structlog

from chassis import metrics
from chassis.events import marks, rebuild
from chassis.events.frames import Events
from chassis.events.marks import Mark
from chassis.events.rebuild import Replicas
from chassis.events.verdict import Verdict, judge
from chassis.postgres import Database, Tx

logger = structlog.get_logger()

_stopped = metrics.counter("events.stopped", description="Listeners that stopped because their mark is ahead.")
_rebuilt = metrics.counter("events.rebuilt", description="Rebuilds begun, by reason.")


async def settle(db: Database, producer: str, mark: Mark, log: Events, replicas: Replicas) -> Mark | None:
    """Returns the mark as it now stands, or None if another instance has moved it since it was read."""
    verdict = judge(mark, log)
    if _as_it_should_be(mark, log, verdict):
        return mark
    async with db.transaction() as tx:
        if await marks.take(tx, producer) != mark:
            return None
        if verdict is Verdict.FOLLOW:
            await marks.follow(tx, producer, log.origin, mark.mark)
        elif verdict is Verdict.ABOVE_NEWEST:
            await _stop(tx, producer, mark, log)
        elif replicas:
            _rebuilt.add(1, {"reason": verdict.value})
            await rebuild.begin(tx, producer, log, replicas, distrust=verdict is Verdict.NEW_EPOCH)
        else:
            await _go_on(tx, producer, mark, log, verdict)
    return await marks.read(db, producer)


def _as_it_should_be(mark: Mark, log: Events, verdict: Verdict) -> bool:
    """A rebuild goes on unless its owner's history was replaced; a stop ends only with a new epoch."""
    if mark.state == "rebuilding":
        return mark.resume_origin == log.origin
    if mark.state == "stopped":
        return verdict is not Verdict.NEW_EPOCH
    return verdict is Verdict.FOLLOW and mark.origin == log.origin


async def _stop(tx: Tx, producer: str, mark: Mark, log: Events) -> None:
    """The producer was restored and nobody began a new epoch: its next events would be taken for known ones."""
    await marks.stop(tx, producer)
    _stopped.add(1, {"producer": producer})
    logger.error("listener.stopped", producer=producer, origin=mark.origin, mark=mark.mark, newest=log.newest)


async def _go_on(tx: Tx, producer: str, mark: Mark, log: Events, verdict: Verdict) -> None:
    """Who keeps no copy has nothing to rebuild: it follows from what both epochs share, or from what is left."""
    if verdict is Verdict.NEW_EPOCH:
        resume = min(mark.mark, log.began)
        logger.error("events.epoch.changed", producer=producer, origin=log.origin, mark=mark.mark, resume=resume)
    else:
        resume = (log.events[0].position if log.events else log.newest + 1) - 1
        logger.error("events.lost", producer=producer, origin=log.origin, after=mark.mark, until=resume)
    await marks.follow(tx, producer, log.origin, resume)
