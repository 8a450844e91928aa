"""Purges accounts whose grace is over: their rows in batches that hold no lock for long, the account itself last.

A process that dies in between leaves an account that can do nothing and come back no more; the next one goes on.
"""

import asyncio
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from chassis import metrics
from chassis.events import announce
from chassis.postgres import UNAVAILABLE, Tx
from contracts.events.auth import AccountPurged
from contracts.ids import new_event_id
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.deletion import store
from services.auth.ground import Ground
from services.auth.holdings import store as holdings

logger = structlog.get_logger()

EVERY_SECONDS: Final = 600.0
AT_ONCE: Final = 100
MARGIN: Final = timedelta(hours=1)
"""After the grace, so that no clock that is a little slow lets an account come back whose rows are half gone."""

_purged = metrics.counter("accounts.gone", description="Accounts purged after their grace.")


async def run(ground: Ground) -> None:
    """For as long as the process lives; two processes at once only share the work."""
    while True:
        try:
            while await once(ground) == AT_ONCE:
                pass
        except UNAVAILABLE as error:
            logger.warning("account_purge.waiting", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(EVERY_SECONDS)


async def once(ground: Ground) -> int:
    """Returns how many accounts were due."""
    due = await store.over(ground.db, ground.clock.now() - MARGIN, AT_ONCE)
    for user_id in due:
        await _account(ground, user_id)
    return len(due)


async def _account(ground: Ground, user_id: int) -> None:
    async with ground.db.transaction() as tx:
        await store.persons(tx, user_id)  # whoever still writes about them has come to an end
    for number in await holdings.persons(ground.db, user_id):
        await holdings.purge(ground.db, number)
    async with ground.db.transaction() as tx:
        await _end(ground, tx, user_id)


async def _end(ground: Ground, tx: Tx, user_id: int) -> None:
    """The row and the event, or neither; of two processes, one finds it."""
    now = ground.clock.now()
    account = await accounts.lock(tx, user_id)
    if account is None or account.deleted_at is None:
        return
    await store.remove(tx, user_id)
    event = AccountPurged(event_id=new_event_id(now), occurred_at=now, user=_bare(account).public())
    await announce(tx, event)
    _purged.add(1)


def _bare(account: Account) -> Account:
    return msgspec.structs.replace(account, email=None, version=account.version + 1)
