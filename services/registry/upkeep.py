"""What is removed with time: kept answers, old attempts, logos that nobody shows, bodies of old audit entries."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis.postgres import UNAVAILABLE
from services.registry.actions import store as actions
from services.registry.applications import store as applications
from services.registry.audit import store as audit
from services.registry.ground import Ground
from services.registry.idempotency import replay
from services.registry.idempotency import store as idempotency
from services.registry.logos import store as logos
from services.registry.notices import store as notices

logger = structlog.get_logger()

EVERY: Final = timedelta(hours=1)
AUDIT_KEPT: Final = timedelta(days=7 * 366)
"""A day or two more than seven years, which is where the database itself draws the line."""

_AT_ONCE: Final = 1000


async def once(ground: Ground) -> None:
    now = ground.clock.now()
    await idempotency.purge(ground.db, now - replay.KEPT)
    await applications.forget_refused(ground.db, now - timedelta(days=2))
    await actions.purge(ground.db, now - timedelta(days=1))
    await notices.purge(ground.db, now - timedelta(days=7))
    await logos.purge(ground.db, now - timedelta(days=1))
    while await audit.forget(ground.db, now - AUDIT_KEPT, _AT_ONCE) == _AT_ONCE:
        pass


async def run(ground: Ground) -> None:
    """Once an hour, in every process; all of it can be done twice."""
    while True:
        try:
            await once(ground)
        except UNAVAILABLE as error:
            logger.warning("upkeep.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY.total_seconds())
