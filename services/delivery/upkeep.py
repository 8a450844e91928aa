"""Keeps house for delivery: ends graces, rotates old keys, removes what is past its retention (delivery.md 7.3, 9, 10).

Any number of processes may run it: each step is a transaction of its own that the others find done.
"""

import asyncio

import structlog

from chassis.postgres import UNAVAILABLE
from services.delivery import retention
from services.delivery.ground import Ground
from services.delivery.keys import rotate

logger = structlog.get_logger()

EVERY_SECONDS = 60.0
PURGE_EVERY = 10
"""Turns between purges."""


async def run(ground: Ground) -> None:
    """For as long as the process lives."""
    turn = 0
    while True:
        try:
            await once(ground, purging=turn % PURGE_EVERY == 0)
        except UNAVAILABLE as error:
            logger.warning("upkeep.waiting", error=f"{type(error).__name__}: {error}")
        except Exception:
            logger.exception("upkeep.failed")
        turn += 1
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground, *, purging: bool = True) -> None:
    """Everything that is due now."""
    while await rotate.end_graces(ground) == rotate.BATCH:
        continue
    while await rotate.as_scheduled(ground) == rotate.BATCH:
        continue
    if purging:
        await retention.purge(ground.db, ground.clock.now())
