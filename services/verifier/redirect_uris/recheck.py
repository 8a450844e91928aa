"""Proofs that are due are looked at again: a few at a time, one at a time for each host, nobody's slot used."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis import trace, work
from chassis.postgres import UNAVAILABLE
from chassis.problems import Problem
from services.verifier.audit.store import SCHEDULE
from services.verifier.ground import Ground
from services.verifier.proof import gate
from services.verifier.redirect_uris import keep, standing, store
from services.verifier.redirect_uris.keep import Attempt
from services.verifier.redirect_uris.store import Due

logger = structlog.get_logger()

POLL_SECONDS: Final = 5.0

LEASE: Final = timedelta(seconds=60)
"""An attempt takes a quarter of it; whoever died frees what it held after this."""


async def run(ground: Ground, slots: int) -> None:
    """For as long as the process lives; several processes share the work."""
    while True:
        try:
            if await once(ground, slots):
                continue
        except UNAVAILABLE as error:
            logger.warning("recheck.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(POLL_SECONDS)


async def once(ground: Ground, slots: int) -> int:
    """Looks again at up to `slots` of what is due; returns how many."""
    async with ground.db.transaction() as tx:
        due = await store.hold(tx, ground.clock.now(), LEASE, slots)
    await asyncio.gather(*(_alone(ground, each) for each in due))
    return len(due)


async def _alone(ground: Ground, due: Due) -> None:
    """One that breaks holds up none of the others: it is due again when its lease is over."""
    try:
        await _again(ground, due)
    except UNAVAILABLE:
        raise
    except Exception:
        logger.exception("recheck.broke", application_id=due.owner.id)


async def _again(ground: Ground, due: Due) -> None:
    uri, owner = due.check.uri, due.owner
    with trace.arriving(None), work.unit("redirect_uri.rechecked") as unit:
        unit.note(application_id=owner.id, host=due.check.host)
        try:
            host = gate.target(uri, ground.policy).host
        except Problem as refusal:
            # The rules have become stricter since it was proved; registry's record says so from its next change on.
            unit.note(error=refusal.code)
            await store.postpone(ground.db, owner.id, uri, ground.clock.now() + standing.EVERY)
            return
        verdict = await ground.panel.look(host, ground.keys.upholding(owner.id, uri))
        if not verdict.heard:
            unit.note(reason=verdict.reason)
            await store.postpone(ground.db, owner.id, uri, ground.clock.now() + standing.LATER)
            return
        attempt = Attempt(owner=owner, uri=uri, host=host, by=SCHEDULE, verdict=verdict)
        status = await _keep(ground, attempt)
        unit.label(status=status)
        unit.note(reason=verdict.reason)


async def _keep(ground: Ground, attempt: Attempt) -> str:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        known = await store.lock(tx, attempt.owner.id, attempt.uri)
        if known is None or known.verification.status not in ("verified", "stale"):
            return "gone"  # taken off the application, or judged anew, while we looked
        stands = standing.after_recheck(known, attempt.verdict, now)
        check = await keep.outcome(tx, attempt, known, stands, now)
    return check.verification.status
