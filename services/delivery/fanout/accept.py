"""Accepts a public event: numbers it on the log of each application it concerns, and queues the push.

The event comes from another service's log, so it comes at least once; the unique event id makes it once.
"""

from datetime import datetime

import structlog

from chassis import metrics, trace
from chassis.postgres import Tx, nudge_on_commit
from contracts.events import PublicEvent
from services.delivery.endpoints import follow
from services.delivery.fanout import store
from services.delivery.ground import Ground
from services.delivery.keys import store as keys
from services.delivery.signing import canonical, sign

logger = structlog.get_logger()

OLDER_EVENTS = frozenset({"user.deleted", "user.unlinked", "consent.revoked", "token.revoked"})
"""The first four event types; an application chooses which signature form these carry (delivery.md 9.4)."""

_accepted = metrics.counter("delivery.events.accepted", description="Rows written, one per application and event.")


async def event(ground: Ground, tx: Tx, public: PublicEvent) -> None:
    """One row on the log and one in the push queue for each application."""
    now = ground.clock.now()
    await store.take_turn(tx)
    for client_id in public.client_ids:
        await _for_client(ground, tx, public, client_id, now)
    nudge_on_commit()


async def _for_client(ground: Ground, tx: Tx, public: PublicEvent, client_id: str, now: datetime) -> None:
    place = await store.next_place(tx, client_id, public.event_id, public.occurred_at)
    if place is None:
        return
    body = canonical.encode(
        {
            "event_id": public.event_id,
            "event_type": public.public_type,
            "occurred_at": place.occurred_at,
            "data": public.data(),
        }
    )
    push = await _signed(ground, tx, public, client_id, place, body)
    await store.write(tx, push, place.sequence, now)
    await store.enqueue(tx, push, now)
    _accepted.add(1, {"event_type": public.public_type})


async def _signed(
    ground: Ground, tx: Tx, public: PublicEvent, client_id: str, place: store.Place, body: bytes
) -> store.Push:
    """The MAC is computed here, once, beside the bytes that it covers."""
    await follow.secure(ground, tx, client_id)
    key = await keys.signing(tx, ground.vault, client_id)
    legacy = public.public_type in OLDER_EVENTS and place.older_events_form == "legacy"
    secret = await keys.webhook_secret(tx, ground.vault, client_id) if legacy else key.secret if key else None
    return store.Push(
        client_id=client_id,
        event_id=public.event_id,
        event_type=public.public_type,
        occurred_at=place.occurred_at,
        body=body,
        form="legacy" if legacy else "outbox",
        kid=key.kid if key else None,
        signature=sign.mac(secret, body) if secret else None,
        traceparent=trace.traceparent(),
        skip=place.version > 0 and place.webhook_url is None,
    )
