"""Removes in batches with pauses, so that a purge never holds up a delivery."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from chassis import metrics
from chassis.postgres import Database
from services.delivery.retention import store

KEPT = timedelta(days=30)
BATCH = 5000
PAUSE_SECONDS = 0.05

_purged = metrics.counter("delivery.purged", description="Rows removed because their time had passed, by table.")

Step = Callable[[Database, datetime, int], Awaitable[int]]

STEPS: dict[str, Step] = {
    "event_log": store.old_events,
    "webhook_outbox": store.old_rows,
    "webhook_attempts": store.old_attempts,
    "ssf_notes": store.old_notes,
    "closed_accounts": store.old_closings,
}


async def purge(db: Database, now: datetime) -> None:
    for table, step in STEPS.items():
        count = BATCH
        while count == BATCH:
            count = await step(db, now - KEPT, BATCH)
            _purged.add(count, {"table": table})
            await asyncio.sleep(PAUSE_SECONDS)
