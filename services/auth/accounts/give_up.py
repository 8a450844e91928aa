"""An address that an account never proved is lost to whoever proves it (auth.md 2.6, 6.1)."""

from datetime import datetime

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import UserEmailChanged
from contracts.ids import new_event_id
from services.auth.accounts import store


async def address(tx: Tx, user_id: int, now: datetime) -> None:
    """What the account was meant to become stays without an address; nothing of it reaches the owner of the mailbox."""
    left = await store.give_up_address(tx, user_id, now)
    if left is not None:
        await announce(tx, UserEmailChanged(event_id=new_event_id(now), occurred_at=now, user=left.public()))
