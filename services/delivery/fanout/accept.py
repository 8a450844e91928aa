"""Accepts public events: numbers them on the log of each application that they concern, and queues the pushes.

An event comes from another service's log, so it comes at least once; the unique event id makes it once.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chassis import metrics
from chassis.events import Heard
from chassis.postgres import Tx, nudge_on_commit
from chassis.settings import Secret
from contracts.events import PublicEvent
from services.delivery.endpoints import follow
from services.delivery.fanout import store
from services.delivery.fanout.store import Place, Push
from services.delivery.ground import QUEUE, Ground
from services.delivery.signing import canonical, sign

OLDER_EVENTS = frozenset({"user.deleted", "user.unlinked", "consent.revoked", "token.revoked"})
"""The first four event types; an application chooses which signature form these carry (delivery.md 9.4)."""

_accepted = metrics.counter("delivery.events.accepted", description="Rows written, one per application and event.")


class Log(msgspec.Struct):
    """An application's log while a batch is written to it; secrets are opened once for the batch."""

    place: Place
    key: Secret | None
    webhook_secret: Secret | None
    sequence: int
    occurred_at: datetime | None

    def advance(self, occurred_at: datetime) -> tuple[int, datetime]:
        """The next place, never earlier than the last one (delivery.md 7.3)."""
        self.sequence += 1
        self.occurred_at = max(occurred_at, self.occurred_at or occurred_at)
        return self.sequence, self.occurred_at


async def events(ground: Ground, tx: Tx, heard: Sequence[Heard]) -> None:
    """One entry on the log and one row in the push queue for each event and application; three statements in all."""
    clients = sorted({client_id for one in heard for client_id in one.event.client_ids})
    if not clients:
        return
    await store.take_turn(tx)
    logs = await _logs(ground, tx, clients)
    pushes = [
        _push(one.event, one.traceparent, logs[client_id])
        for one in heard
        for client_id in dict.fromkeys(one.event.client_ids)
    ]
    _accepted.add(await store.write(tx, pushes, ground.clock.now()))
    nudge_on_commit(QUEUE)


async def alone(ground: Ground, tx: Tx, heard: Heard, client_id: str) -> Push:
    """A push that stands on no log, for one application; the caller holds the turn."""
    log = (await _logs(ground, tx, [client_id]))[client_id]
    log.occurred_at = None
    return _push(heard.event, heard.traceparent, log)


async def _logs(ground: Ground, tx: Tx, clients: Sequence[str]) -> dict[str, Log]:
    places = await store.places(tx, clients)
    bare = [each for each in places.values() if each.sealed_key is None or each.sealed_webhook_secret is None]
    if bare:
        for place in bare:
            await follow.secure(ground, tx, place.client_id)
        places = await store.places(tx, clients)
    return {client_id: _log(ground, place) for client_id, place in places.items()}


def _log(ground: Ground, place: Place) -> Log:
    vault, sealed, older = ground.vault, place.sealed_key, place.sealed_webhook_secret
    return Log(
        place=place,
        key=None if sealed is None else Secret(vault.open(sealed, place.kid or "").decode()),
        webhook_secret=None if older is None else Secret(vault.open(older, place.client_id).decode()),
        sequence=place.last_sequence,
        occurred_at=place.last_occurred_at,
    )


def _push(public: PublicEvent, traceparent: str | None, log: Log) -> Push:
    """The body is written here, once, and its MAC beside it."""
    sequence, occurred_at = log.advance(public.occurred_at)
    data = public.data_for(log.place.client_id)
    body = canonical.encode(
        {"event_id": public.event_id, "event_type": public.public_type, "occurred_at": occurred_at, "data": data}
    )
    legacy = public.public_type in OLDER_EVENTS and log.place.older_events_form == "legacy"
    secret = log.webhook_secret if legacy else log.key
    return Push(
        client_id=log.place.client_id,
        sequence=sequence,
        event_id=public.event_id,
        event_type=public.public_type,
        occurred_at=occurred_at,
        body=body,
        form=None if public.signal else "legacy" if legacy else "outbox",
        kid=log.place.kid,
        signature=sign.mac(secret, body) if secret else None,
        subject=_subject(data) if log.place.ordered else None,
        traceparent=traceparent,
        skip=not log.place.wants(public.public_type),
    )


def _subject(data: dict[str, object]) -> str | None:
    """Whose event it is, for applications that asked for order; a merge comes in the order of who is absorbed."""
    found = data.get("sub") or data.get("merged_canonical_sub")
    return str(found) if found else None
