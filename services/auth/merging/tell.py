"""Telling applications that one account has absorbed another, in the transaction in which it happens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import UserMerged, merge_key
from services.auth.merging.store import Link

APPLICATIONS_PER_EVENT: Final = 1000
"""Each has a key of its own in the event, which has to stay below its largest size."""


async def merged(tx: Tx, link: Link, applications: Mapping[str, int], now: datetime) -> None:
    """`applications` are their numbers by client_id. The event has one id, however many applications hear of it, and
    is announced even if none does: other services hear of it too.
    """
    client_ids = list(applications)
    for first in range(0, max(1, len(client_ids)), APPLICATIONS_PER_EVENT):
        some = client_ids[first : first + APPLICATIONS_PER_EVENT]
        event = UserMerged(
            event_id=link.source_event_id,
            occurred_at=now,
            client_ids=tuple(some),
            survivor_canonical_sub=str(link.primary_user_id),
            merged_canonical_sub=str(link.linked_user_id),
            merged_via=link.merged_via,
            identity_link_id=link.id,
            idempotency_keys={one: merge_key(link.idempotency_key, applications[one]) for one in some},
            merged_at=now,
        )
        await announce(tx, event)
