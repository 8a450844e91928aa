"""Adds to what another service found out whose application it is, so that auth can write to them."""

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.events.notices import Occasion, OwnersAlerted
from services.registry.applications import store
from services.registry.ground import Ground
from services.registry.organizations import store as organizations


class Alert(msgspec.Struct, frozen=True):
    """What they should hear: of which host, and the reason code."""

    occasion: Occasion
    host: str
    reason: str


async def owners(ground: Ground, tx: Tx, application_id: int, alert: Alert) -> None:
    """In the transaction that hears of it, so that it is told once; a deleted application has nobody to tell."""
    stored = await store.by_id(tx, application_id)
    if stored is None or stored.organization_id is None:
        return
    now = ground.clock.now()
    event = OwnersAlerted(
        event_id=ids.new_event_id(now),
        occurred_at=now,
        occasion=alert.occasion,
        application_id=application_id,
        application_name=stored.application.name,
        user_ids=await organizations.owner_ids(tx, stored.organization_id),
        host=alert.host,
        reason=alert.reason,
    )
    await announce(tx, event)
