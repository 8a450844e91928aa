"""What operators watch: the age of the oldest undelivered row, what is overdue, dead letters, circuits, endpoints."""

import asyncio
from contextlib import suppress

from chassis import metrics
from chassis.postgres import UNAVAILABLE
from services.delivery.ground import Ground
from services.delivery.watch import store

EVERY_SECONDS = 15.0

_oldest = metrics.gauge("delivery.oldest_undelivered", "s", "Age of the oldest row that waits, of ten thousand.")
_overdue = metrics.gauge("delivery.overdue", "s", "How long a row has been due that no process has in hand.")
_waiting = metrics.gauge("delivery.waiting", description="Rows that wait to be delivered, ten thousand at most.")
_dead = metrics.gauge("delivery.dead_letters", description="Rows that were given up, ten thousand at most.")
_open = metrics.gauge("delivery.open_circuits", description="Receivers that are left alone for a while.")
_disabled = metrics.gauge("delivery.disabled_endpoints", description="Endpoints that answered 410 or only failed.")


async def run(ground: Ground) -> None:
    """For as long as the process lives."""
    while True:
        with suppress(*UNAVAILABLE):
            found = await store.state(ground.db, ground.clock.now())
            _oldest.set(found.oldest_seconds)
            _overdue.set(found.overdue_seconds)
            _waiting.set(found.waiting)
            _dead.set(found.dead)
            _open.set(found.open_circuits)
            _disabled.set(found.disabled_endpoints)
        await asyncio.sleep(EVERY_SECONDS)
