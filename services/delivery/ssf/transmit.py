"""Tokens on their way: made of what is due, and polled with acknowledgements (RFC 8936)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chassis import metrics
from services.delivery.ground import Ground
from services.delivery.polling.wake import Waiting
from services.delivery.ssf import mapping, store
from services.delivery.ssf.store import Due, Stream
from services.delivery.ssf.token import Signer

MOST_POLLED = 100
WAIT_SECONDS = 30

sent = metrics.counter("delivery.ssf.tokens", description="Security event tokens, by method and outcome.")


class Polled(msgspec.Struct):
    sets: dict[str, str]
    more_available: bool = msgspec.field(name="moreAvailable")


async def poll(
    ground: Ground,
    signer: Signer,
    stream: Stream,
    acknowledged: Sequence[str],
    most: int,
    waiting: Waiting | None,
) -> Polled:
    """Acknowledges, then answers what is left; with `waiting`, only when there is something or the time is over."""
    types = mapping.ours(stream.events_requested)
    if acknowledged:
        async with ground.db.transaction() as tx:
            await store.acknowledge(tx, stream, acknowledged, types)
    if most == 0:
        return Polled({}, False)
    limit = min(most, MOST_POLLED)
    due = await store.due(ground.db, stream, types, limit + 1)
    if not due and waiting is not None:
        async for _ in waiting.turns(stream.client_id, WAIT_SECONDS):
            due = await store.due(ground.db, stream, types, limit + 1)
            if due:
                break
    sets = {one.jti: await token(ground, signer, stream, one) for one in due[:limit]}
    sent.add(len(sets), {"method": "poll", "result": "sent"})
    return Polled(sets, len(due) > limit)


async def token(ground: Ground, signer: Signer, stream: Stream, one: Due) -> str:
    """A security event token; a note about the stream itself has the stream for its subject."""
    now = ground.clock.now()
    if one.event_type is None:
        subject = {"format": "opaque", "id": stream.id}
        return await signer.token(one.jti, stream.client_id, subject, one.events or {}, one.occurred_at, now)
    data: dict[str, Any] = msgspec.json.decode(one.body or b"{}")["data"]
    subject = mapping.subject(one.event_type, data, signer.issuer)
    events = mapping.events(one.event_type, data, one.occurred_at)
    return await signer.token(one.jti, stream.client_id, subject, events, one.occurred_at, now)
