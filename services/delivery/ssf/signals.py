"""What only receivers of Shared Signals are told: accounts that came back or are gone for good.

These stand on the log beside the public events, are pushed as no webhook, and no poll of `/api/v1/events` shows them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from chassis.events import Heard
from chassis.postgres import Tx
from contracts import ids
from contracts.events import PublicEvent
from contracts.events.auth import AccountPurged, AccountRestored, UserDeleted
from services.delivery.fanout import accept
from services.delivery.ground import Ground
from services.delivery.ssf import closed
from services.delivery.ssf.closed import Told


class AccountSignal(PublicEvent, frozen=True, kw_only=True):
    """About an account whose end these applications were told of, by the `sub` that they know."""

    signal: ClassVar[bool] = True

    sub: str
    canonical_sub: str

    def data(self) -> dict[str, object]:
        return {"sub": self.sub, "canonical_sub": self.canonical_sub}


class AccountEnabled(AccountSignal, frozen=True, kw_only=True):
    """It came back within its grace."""

    public_type: ClassVar[str] = "account.enabled"


class AccountGone(AccountSignal, frozen=True, kw_only=True):
    """It was purged."""

    public_type: ClassVar[str] = "account.purged"


class Signals:
    """Accepts what auth announces, and remembers whom it told of the end of an account."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def events(self, tx: Tx, heard: Sequence[Heard]) -> None:
        """The public events, in one batch."""
        await accept.events(self._ground, tx, heard)
        ended = [one.event for one in heard if isinstance(one.event, UserDeleted) and one.event.client_ids]
        if ended:
            await closed.remember(tx, [_told(event, client) for event in ended for client in event.client_ids])

    async def restored(self, tx: Tx, event: AccountRestored) -> None:
        """Whoever heard of the end hears that the account is back."""
        await self._tell(tx, AccountEnabled, event.user.sub, event.occurred_at)

    async def purged(self, tx: Tx, event: AccountPurged) -> None:
        """Whoever heard of the end hears that nothing may be kept any more."""
        await self._tell(tx, AccountGone, event.user.sub, event.occurred_at)

    async def _tell(self, tx: Tx, kind: type[AccountSignal], account: str, at: datetime) -> None:
        by_sub: dict[str, list[str]] = defaultdict(list)
        for told in await closed.forget(tx, account):
            by_sub[told.sub].append(told.client_id)
        signals = [
            kind(
                event_id=ids.new_event_id(at),
                occurred_at=at,
                client_ids=tuple(clients),
                sub=sub,
                canonical_sub=account,
            )
            for sub, clients in by_sub.items()
        ]
        await accept.events(self._ground, tx, [Heard(signal, None) for signal in signals])


def _told(event: UserDeleted, client_id: str) -> Told:
    return Told(account=event.canonical_sub, client_id=client_id, sub=event.sub, closed_at=event.deleted_at)
