"""The beat of revocations: the number that the gateway compares before it trusts an answer it kept."""

import asyncio

import structlog
from nats.aio.client import Client

from chassis.postgres import Database
from contracts import beats
from contracts.beats import RevocationBeat
from services.auth.principals import revocations

logger = structlog.get_logger()


async def run(db: Database, nc: Client) -> None:
    """Publishes every REVOCATION_SECONDS, and when this process has committed a revocation, before it says anything.

    Whoever revoked is answered over the same connection, so no answer overtakes the beat. Without the database there is
    none: within a second the gateway asks for everything anew.
    """

    async def tell() -> None:
        try:
            await nc.publish(beats.REVOCATIONS, beats.encode(RevocationBeat(await revocations.current(db))))
        except Exception as error:  # noqa: BLE001 - what was committed stays so, told or not
            logger.warning("beat.missed", error=f"{type(error).__name__}: {error}")

    db.on_nudge(tell, revocations.NUDGE)
    try:
        while True:
            await tell()
            await asyncio.sleep(beats.REVOCATION_SECONDS)
    finally:
        db.off_nudge(tell)
