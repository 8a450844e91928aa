"""Announces that a way to sign in was added, changed or taken away."""

from datetime import datetime

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import CredentialChange, CredentialChanged, CredentialType
from contracts.events.factors import Factor
from contracts.ids import new_event_id
from services.auth.signals import store

TYPES: dict[Factor, CredentialType] = {"totp": "app", "passkey": "fido2-platform"}
"""In CAEP's words. Whether a passkey roams is not asked of it; most are kept by the platform."""


async def changed(tx: Tx, user_id: int, kind: CredentialType, change: CredentialChange, now: datetime) -> None:
    """In the transaction of the change; nothing where no application would hear of it."""
    subs = await store.subs(tx, user_id)
    if subs:
        event = CredentialChanged(
            event_id=new_event_id(now),
            occurred_at=now,
            client_ids=tuple(subs),
            subs=subs,
            canonical_sub=str(user_id),
            credential_type=kind,
            change_type=change,
        )
        await announce(tx, event)
