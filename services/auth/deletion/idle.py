"""Closes anonymous accounts that nothing has used for long: nobody could come and do it themselves (auth.md 6.2).

Applications hear of it as of every deletion, and after the same grace the rows go. A device that returns begins anew.
"""

import asyncio
from datetime import datetime
from typing import Final

import structlog

from chassis import metrics
from chassis.postgres import UNAVAILABLE
from services.auth.accounts import store as accounts
from services.auth.deletion import close, store
from services.auth.ground import Ground

logger = structlog.get_logger()

EVERY_SECONDS: Final = 6 * 3600.0
"""Each account is looked at; half a year more or less a day is the same."""

AT_ONCE: Final = 1000

_closed = metrics.counter("accounts.idle", description="Anonymous accounts closed because nothing had used them.")


async def run(ground: Ground) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    while True:
        try:
            await once(ground)
        except UNAVAILABLE as error:
            logger.warning("idle_accounts.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground) -> int:
    """Goes over all of them; returns how many were closed."""
    kept, done, after = ground.settings.idle_anonymous_kept, 0, 0
    if not kept:
        return 0
    before = ground.clock.now() - kept
    while found := await store.anonymous(ground.db, after, before, ground.clock.now(), AT_ONCE):
        after = found[-1].user_id
        for account in found:
            if account.idle and await _close(ground, account.user_id, before):
                done += 1
    return done


async def _close(ground: Ground, user_id: int, before: datetime) -> bool:
    """Unless somebody has used it, or become its owner, a moment ago."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        held = await accounts.lock(tx, user_id)
        if held is None or not held.living or not held.anonymous:
            return False
        (seen,) = await store.anonymous(tx, user_id - 1, before, now, 1) or (None,)
        if seen is None or seen.user_id != user_id or not seen.idle:
            return False
        await close.ended(tx, held, "upkeep", now)
    _closed.add(1)
    return True
