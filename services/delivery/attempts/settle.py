"""After a batch of attempts: outcomes are recorded, endpoints that are gone are disabled, owners are told what died."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.events import announce
from chassis.postgres import Database, Tx
from contracts import ids
from contracts.events.delivery import EndpointDisabled, EndpointFailing
from services.delivery.attempts import store
from services.delivery.attempts.store import Done
from services.delivery.endpoints import store as endpoints

TOLD_EVERY = timedelta(hours=24)


async def attempts(db: Database, clock: Clock, worker: str, done: Sequence[Done], idle: Sequence[str]) -> None:
    """One statement, also where receivers fail; what announces something stands in one transaction with its cause."""
    now = clock.now()
    died = sorted({each.row.client_id for each in done if each.status == "dead"})
    gone = sorted({each.row.client_id for each in done if each.outcome.disable})
    if not died and not gone:
        failing = await store.record(db, worker, done, idle, now)
        # A crash in between is made up for by the next failure, which finds the same.
        if failing:
            async with db.transaction() as tx:
                await _disable_all(tx, failing, "failing", now)
        return
    async with db.transaction() as tx:
        failing = await store.record(tx, worker, done, idle, now)
        await _disable_all(tx, gone, "gone", now)
        await _disable_all(tx, failing, "failing", now)
        for endpoint in await endpoints.to_tell(tx, died, now, now - TOLD_EVERY):
            await announce(
                tx,
                EndpointFailing(
                    event_id=ids.new_event_id(now),
                    occurred_at=now,
                    client_id=endpoint.client_id,
                    application_id=endpoint.application_id,
                    webhook_url=endpoint.webhook_url,
                    failing_since=endpoint.failing_since or now,
                ),
            )


async def _disable_all(tx: Tx, client_ids: Sequence[str], reason: endpoints.DisabledReason, now: datetime) -> None:
    """Once: an endpoint that is disabled already tells nobody again."""
    for client_id in client_ids:
        endpoint = await endpoints.disable(tx, client_id, reason, now)
        if endpoint is not None:
            await announce(
                tx,
                EndpointDisabled(
                    event_id=ids.new_event_id(now),
                    occurred_at=now,
                    client_id=endpoint.client_id,
                    application_id=endpoint.application_id,
                    webhook_url=endpoint.webhook_url,
                    reason=reason,
                    disabled_at=now,
                ),
            )
