"""The log of each application and the queue of pushes, as fan-out writes them."""

from datetime import datetime

import msgspec

from chassis.postgres import Tx


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event stands on an application's log."""

    sequence: int
    occurred_at: datetime
    webhook_url: str | None
    older_events_form: str
    version: int
    """0 while registry's record has not come."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the push queue; `skip` where there is nobody to push to, which polling does not mind."""

    client_id: str
    event_id: str
    event_type: str
    occurred_at: datetime
    body: bytes
    form: str
    kid: str | None
    signature: str | None
    traceparent: str | None
    skip: bool


async def take_turn(tx: Tx) -> None:
    """Held to the end of the transaction: sequences become visible in their order, over all processes."""
    await tx.execute("select single from accepting for update")


async def next_place(tx: Tx, client_id: str, event_id: str, occurred_at: datetime) -> Place | None:
    """The next place on the log, never earlier than the last one; None where the event is there already.

    An application that has not been heard of yet gets its row now; its record follows.
    """
    if await tx.fetchval("select 1 from event_log where client_id = $1 and event_id = $2", client_id, event_id):
        return None
    row = await tx.fetchrow(
        """
        insert into endpoints (client_id, application_id, version, client_type, served, last_sequence, last_occurred_at)
        values ($1, 0, 0, 'confidential', false, 1, $2)
        on conflict (client_id) do update set last_sequence = endpoints.last_sequence + 1,
            last_occurred_at = greatest(endpoints.last_occurred_at, excluded.last_occurred_at)
        returning last_sequence as sequence, last_occurred_at as occurred_at, webhook_url, older_events_form, version
        """,
        client_id,
        occurred_at,
    )
    return msgspec.convert(dict(row), Place) if row is not None else None


async def write(tx: Tx, push: Push, sequence: int, now: datetime) -> None:
    """The log that polling reads."""
    await tx.execute(
        """
        insert into event_log (client_id, sequence, event_id, event_type, occurred_at, raw_payload, accepted_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        push.client_id,
        sequence,
        push.event_id,
        push.event_type,
        push.occurred_at,
        push.body,
        now,
    )


async def enqueue(tx: Tx, push: Push, now: datetime) -> None:
    await tx.execute(
        """
        insert into webhook_outbox (client_id, event_id, event_type, occurred_at, raw_payload, form, kid, signature,
            traceparent, enqueued_at, next_retry_at, skipped_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) on conflict (client_id, event_id) do nothing
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
        now if push.skip else None,
    )
