"""A test send in the push queue; it stands on no log, so no poll shows it."""

from datetime import datetime

from chassis.postgres import Tx
from services.delivery.fanout.store import Push


async def count_since(tx: Tx, client_id: str, since: datetime) -> int:
    found: int = await tx.fetchval(
        """
        select count(*) from webhook_outbox
        where client_id = $1 and event_type = 'webhook.test' and enqueued_at > $2
        """,
        client_id,
        since,
    )
    return found


async def enqueue(tx: Tx, push: Push, now: datetime) -> int:
    """The row's id."""
    found: int = await tx.fetchval(
        """
        insert into webhook_outbox (client_id, event_id, event_type, occurred_at, raw_payload, form, kid, signature,
            traceparent, enqueued_at, next_retry_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id
        """,
        push.client_id,
        push.event_id,
        push.event_type,
        push.occurred_at,
        push.body,
        push.form,
        push.kid,
        push.signature,
        push.traceparent,
        now,
    )
    return found
