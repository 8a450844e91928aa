"""Keeps house for auth: renews keys, makes and drops days of the token log, removes what has expired (auth.md 8)."""

import asyncio
from typing import Final

import structlog

from chassis import days
from chassis.postgres import UNAVAILABLE
from chassis.table_sizes import TableSizes
from services.auth import purge
from services.auth.ground import Ground
from services.auth.keys import make

logger = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
LOG: Final = days.Log("token_log", "at", "id", kept=90)
"""The log of token requests."""


async def run(ground: Ground) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    sizes = TableSizes(ground.db)
    while True:
        try:
            await once(ground)
            await sizes.refresh()
        except UNAVAILABLE as error:
            logger.warning("upkeep.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground) -> None:
    """Everything that is due now."""
    await make.as_needed(ground.db, ground.vault, ground.clock, ground.settings.signing_key_period)
    await days.keep(ground.db, LOG)
    await purge.once(ground.db, ground.clock)
