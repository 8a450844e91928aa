"""Removes what has had its time, in batches: limits that have run out, lines of the audit, results."""

import asyncio
from datetime import timedelta

import structlog

from chassis.clock import Clock
from chassis.postgres import UNAVAILABLE, Database
from services.verifier.audit import store as audit
from services.verifier.health import store as health
from services.verifier.limits import store

logger = structlog.get_logger()

EVERY_SECONDS = 600.0
BATCH = 1000

AUDIT_KEPT = timedelta(days=400)
RESULTS_KEPT = timedelta(days=30)


async def once(db: Database, clock: Clock) -> int:
    """Removes everything that is due now; returns how many rows."""
    removed = 0
    now = clock.now()
    while (count := await store.purge(db, now, BATCH)) > 0:
        removed += count
    while (count := await audit.purge(db, now - AUDIT_KEPT, BATCH)) > 0:
        removed += count
    while (count := await health.purge(db, now - RESULTS_KEPT, BATCH)) > 0:
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
