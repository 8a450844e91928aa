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

FAILING_FOR = timedelta(days=5)
"""An endpoint with nothing but failures for so long is disabled (delivery.md 5.5)."""

TOLD_EVERY = timedelta(hours=24)


async def attempts(db: Database, clock: Clock, worker: str, done: Sequence[Done], idle: Sequence[str]) -> None:
    """One statement where all went well; whatever else follows from the outcomes stands in the same transaction."""
    now = clock.now()
    if all(each.outcome.kind == "delivered" for each in done):
        await store.record(db, worker, done, idle, now)
        return
    async with db.transaction() as tx:
        await store.record(tx, worker, done, idle, now)
        for client_id in sorted({each.row.client_id for each in done if each.outcome.disable}):
            await _disable(tx, client_id, "gone", now)
        failed = sorted({each.row.client_id for each in done if each.outcome.kind != "delivered"})
        for client_id in await endpoints.failing_since(tx, failed, now - FAILING_FOR):
            await _disable(tx, client_id, "failing", now)
        died = sorted({each.row.client_id for each in done if each.status == "dead"})
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


async def _disable(tx: Tx, client_id: str, reason: endpoints.DisabledReason, now: datetime) -> None:
    """Once: an endpoint that is disabled already tells nobody again."""
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
