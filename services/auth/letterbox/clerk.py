"""Works on what the letterbox holds; several processes may, each ask is in one hand at a time."""

import asyncio
from typing import Final

import structlog

from chassis import metrics
from chassis.postgres import UNAVAILABLE, Tx
from services.auth.accounts import sign_up
from services.auth.email_change import move
from services.auth.ground import Ground
from services.auth.letterbox import box
from services.auth.letterbox.box import Ask, MoveAsked, SignUpAsked, Waiting
from services.auth.reset import ask as reset

logger = structlog.get_logger()

POLL_SECONDS: Final = 1.0
"""A nudge wakes the clerk of the process that took the ask; the poll is for what others left."""

_dropped = metrics.counter("letterbox.dropped", description="Asks given up after the last try.")


async def run(ground: Ground) -> None:
    """For as long as the process lives."""
    wake = asyncio.Event()
    ground.db.on_nudge(wake.set)
    try:
        while True:
            try:
                await once(ground)
            except UNAVAILABLE as error:
                logger.warning("letterbox.waiting", error=f"{type(error).__name__}: {error}")
            await _pause(wake)
    finally:
        ground.db.off_nudge(wake.set)


async def once(ground: Ground) -> int:
    """Works on all that is due; returns how many there were."""
    count = 0
    while await _next(ground):
        count += 1
    return count


async def _next(ground: Ground) -> bool:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        waiting = await box.take(tx, now)
        if waiting is None:
            return False
        try:
            async with tx.transaction():
                await _work(ground, tx, box.unseal(ground.vault, waiting))
                await box.remove(tx, waiting)
        except UNAVAILABLE:
            raise
        except Exception as error:  # noqa: BLE001 - one ask that cannot be worked on must not hold up the others
            # Without its text, which may quote an address.
            logger.warning("letterbox.failed", key=str(waiting.key), error=type(error).__name__)
            await _later(ground, tx, waiting)
    return True


async def _work(ground: Ground, tx: Tx, ask: Ask) -> None:
    if isinstance(ask, SignUpAsked):
        await sign_up.settle(ground, tx, ask)
    elif isinstance(ask, MoveAsked):
        await move.settle(ground, tx, ask)
    else:
        await reset.settle(ground, tx, ask)


async def _later(ground: Ground, tx: Tx, waiting: Waiting) -> None:
    if waiting.tries + 1 >= box.MOST_TRIES:
        _dropped.add(1)
        await box.remove(tx, waiting)
    else:
        await box.postpone(tx, waiting, ground.clock.now())


async def _pause(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(POLL_SECONDS):
            await wake.wait()
    except TimeoutError:
        return
    wake.clear()
