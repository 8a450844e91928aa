"""Removes limits that have run out, in batches."""

import asyncio

import structlog

from chassis.clock import Clock
from chassis.postgres import UNAVAILABLE, Database
from services.verifier.redirect_uris import store

logger = structlog.get_logger()

EVERY_SECONDS = 600.0
BATCH = 1000


async def once(db: Database, clock: Clock) -> int:
    """Removes everything that is due now; returns how many rows."""
    removed = 0
    while (count := await store.purge(db, clock.now(), BATCH)) > 0:
        removed += count
    return removed


async def run(db: Database, clock: Clock) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    while True:
        try:
            await once(db, clock)
        except UNAVAILABLE as error:
            logger.warning("purge.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)
