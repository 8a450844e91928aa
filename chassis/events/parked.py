"""Events that could not be applied: set aside so that the others go on, and tried once more at each start."""

import structlog

from chassis import metrics
from chassis.events.dispatch import Dispatch
from chassis.events.frames import Sent
from chassis.postgres import Database, Tx

logger = structlog.get_logger()

_parked = metrics.counter("events.parked", description="Events set aside after failing five times.")


async def park(tx: Tx, sent: Sent, error: Exception) -> None:
    """Keeps the event with its error, and alerts."""
    await tx.execute(
        """insert into parked (origin, position, tag, payload, traceparent, request_id, announced_at, error)
        values ($1, $2, $3, $4, $5, $6, to_timestamp($7), $8) on conflict do nothing""",
        sent.origin,
        sent.position,
        sent.tag,
        sent.payload,
        sent.traceparent,
        sent.request_id,
        sent.announced_at,
        f"{type(error).__name__}: {error}",
    )
    _parked.add(1, {"tag": sent.tag})
    logger.error("event.parked", tag=sent.tag, origin=sent.origin, position=sent.position, error=str(error))


async def retry(db: Database, origin: str, dispatch: Dispatch) -> None:
    """Applies what an earlier release could not; what fails again stays. Another epoch's events mean nothing now."""
    rows = await db.fetch("select position from parked where origin = $1 order by position", origin)
    for row in rows:
        try:
            async with db.transaction() as tx:
                sent = await _release(tx, origin, row["position"])
                if sent is not None:
                    await dispatch(tx, sent)
        except Exception:
            logger.exception("event.still_parked", origin=origin, position=row["position"])


async def _release(tx: Tx, origin: str, position: int) -> Sent | None:
    row = await tx.fetchrow(
        """delete from parked where origin = $1 and position = $2
        returning tag, payload, traceparent, request_id, extract(epoch from announced_at)::float8 as announced""",
        origin,
        position,
    )
    if row is None:
        return None
    tag, payload, traceparent, request_id, announced = row
    return Sent(origin, position, tag, payload, traceparent, request_id, announced)
