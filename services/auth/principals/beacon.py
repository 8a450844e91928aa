"""The beat of revocations: the number that the gateway compares before it trusts an answer it kept."""

import asyncio

import nats.errors
import structlog
from nats.aio.client import Client

from chassis.postgres import UNAVAILABLE, Database
from contracts import beats
from contracts.beats import RevocationBeat
from services.auth.principals import revocations

logger = structlog.get_logger()


async def run(db: Database, nc: Client) -> None:
    """Publishes every REVOCATION_SECONDS, and at once when this process has committed a revocation.

    Without the database there is no beat: within a second the gateway asks for everything anew.
    """
    wake = asyncio.Event()
    db.on_nudge(wake.set)
    try:
        while True:
            wake.clear()
            try:
                await nc.publish(beats.REVOCATIONS, beats.encode(RevocationBeat(await revocations.current(db))))
                await nc.flush(timeout=1)
            except (*UNAVAILABLE, nats.errors.Error) as error:
                logger.warning("beat.missed", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(beats.REVOCATION_SECONDS)
            await _pause(wake)
    finally:
        db.off_nudge(wake.set)


async def _pause(wake: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(beats.REVOCATION_SECONDS):
            await wake.wait()
    except TimeoutError:
        return
