"""The log of each application and the queue of pushes, as fan-out reads and writes them: a batch in one statement."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chassis.postgres import Tx

_WRITE = """
with coming as (
    select * from unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[])
    as row(client_id, sequence, event_id, event_type, occurred_at, raw_payload, form, kid, signature, subject,
        traceparent, skip)
), ended as (
    insert into logs (client_id, last_sequence, last_occurred_at)
    select client_id, max(sequence), max(occurred_at) from coming group by client_id
    on conflict (client_id) do update set last_sequence = excluded.last_sequence,
        last_occurred_at = excluded.last_occurred_at
), laned as (
    insert into lanes (client_id) select distinct client_id from coming on conflict do nothing
), logged as (
    insert into event_log (client_id, sequence, event_id, event_type, occurred_at, raw_payload, accepted_at)
    select client_id, sequence, event_id, event_type, occurred_at, raw_payload, $1 from coming
    on conflict (client_id, event_id) do nothing returning 1
), queued as (
    insert into webhook_outbox (client_id, event_id, event_type, occurred_at, raw_payload, form, kid,
        signature, subject, traceparent, enqueued_at, next_retry_at, skipped_at)
    select client_id, event_id, event_type, occurred_at, raw_payload, form, kid, signature, subject,
        traceparent, $1, $1, case when skip then $1 end
    from coming where form is not null order by sequence
    on conflict (client_id, event_id) do nothing
)
select count(*) from logged
"""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an application's log ends, where its pushes go, and what they are signed with, sealed."""

    client_id: str
    known: bool
    """False while registry's record has not come: the push waits for it."""
    reachable: bool
    older_events_form: str
    event_types: tuple[str, ...]
    ordered: bool
    last_sequence: int
    last_occurred_at: datetime | None
    kid: str | None
    sealed_key: bytes | None
    sealed_webhook_secret: bytes | None

    def wants(self, event_type: str) -> bool:
        """Whether it is pushed; an application that is not known yet may want everything."""
        return not self.known or (self.reachable and (not self.event_types or event_type in self.event_types))


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the log and its row of the push queue; `skip` where there is nobody to push to."""

    client_id: str
    sequence: int
    event_id: str
    event_type: str
    occurred_at: datetime
    body: bytes
    form: str | None
    """None for what no webhook tells."""
    kid: str | None
    signature: str | None
    subject: str | None
    traceparent: str | None
    skip: bool


async def take_turn(tx: Tx) -> None:
    """Held to the end of the transaction: sequences become visible in their order, over all processes.

    Whoever changes keys takes it too, so that no row is signed with a key that is being withdrawn.
    """
    await tx.execute("select single from accepting for update")


async def places(tx: Tx, client_ids: Sequence[str]) -> dict[str, Place]:
    """What is known of each application, whether or not it has been heard of."""
    rows = await tx.fetch(
        """
        select asked.client_id, coalesce(e.version, 0) > 0 as known,
            coalesce(e.webhook_url is not null and e.disabled_at is null and e.served and not e.deleted, false)
                as reachable,
            coalesce(e.older_events_form, 'legacy') as older_events_form,
            coalesce(e.event_types, '{}') as event_types, coalesce(e.ordered, false) as ordered,
            coalesce(l.last_sequence, 0) as last_sequence, l.last_occurred_at, k.kid, k.sealed_secret as sealed_key,
            s.sealed_secret as sealed_webhook_secret
        from unnest($1::text[]) as asked(client_id)
        left join endpoints e on e.client_id = asked.client_id
        left join logs l on l.client_id = asked.client_id
        left join signing_keys k on k.client_id = asked.client_id and k.status = 'signing'
        left join webhook_secrets s on s.client_id = asked.client_id
        """,
        list(client_ids),
    )
    return {row["client_id"]: msgspec.convert(dict(row), Place) for row in rows}


async def write(tx: Tx, pushes: Sequence[Push], now: datetime) -> int:
    """The log that polling reads and the queue that is pushed; what is there already stays. Returns the new entries."""
    written: int = await tx.fetchval(
        _WRITE,
        now,
        [push.client_id for push in pushes],
        [push.sequence for push in pushes],
        [push.event_id for push in pushes],
        [push.event_type for push in pushes],
        [push.occurred_at for push in pushes],
        [push.body for push in pushes],
        [push.form for push in pushes],
        [push.kid for push in pushes],
        [push.signature for push in pushes],
        [push.subject for push in pushes],
        [push.traceparent for push in pushes],
        [push.skip for push in pushes],
    )
    return written
