"""Closing an account: from the commit on it can do nothing, and every application it had let in hears of it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Unauthorized
from chassis.races import retried
from contracts.events.auth import AccountClosed, ConsentRevoked, UserDeleted
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.api_keys import store as api_keys
from services.auth.connected_apps import store as connected
from services.auth.connected_apps.store import Held
from services.auth.deletion import store
from services.auth.deletion.refusals import LastOwner
from services.auth.deletion.store import Closed
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.mail import Letter
from services.auth.standing import everywhere
from services.auth.standing import store as standing
from services.auth.standing.change import LastAdministrator

GRACE: Final = timedelta(days=30)
"""How long a closed account can come back (auth.md 3.1)."""


async def account(ground: Ground, user_id: int) -> Closed:
    """All of it in one transaction; of two at once, one closes. Raises LastOwner, LastAdministrator, Unauthorized.

    Registry is asked first, outside the transaction; without its answer nothing is closed.
    """
    owned = await ground.solely_owned(user_id)
    if owned:
        raise LastOwner(organizations=list(owned))
    # A merge of the same accounts at the same moment may stand in the way.
    return await retried(partial(_once, ground, user_id))


async def _once(ground: Ground, user_id: int) -> Closed:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        others = await standing.other_administrators(tx, user_id)
        found = await accounts.lock(tx, user_id)
        if found is None or not found.living:
            raise Unauthorized
        if found.role == "admin" and others == 0:
            raise LastAdministrator
        await _write(tx, ground, await ended(tx, found, "self", now), now)
    return Closed(user_id=user_id, deleted_at=now, purge_at=now + GRACE)


async def ended(tx: Tx, account: Account, actor: str, now: datetime) -> Account:
    """The account as it is once it is closed. The caller has locked it and judged that it may be."""
    for number in await store.persons(tx, account.id):
        await _end(tx, number, account.id, now)
    await store.close(tx, account.id, now, now + GRACE)
    closed = await accounts.lock(tx, account.id)
    if closed is None:
        raise LookupError(f"user {account.id} went away while it was locked")
    event = AccountClosed(event_id=new_event_id(now), occurred_at=now, user=closed.public(), purge_at=now + GRACE)
    await announce(tx, event)
    await standing.note(tx, account.id, actor, "auth.account.closed", {}, now)
    return closed


async def _end(tx: Tx, number: int, user_id: int, now: datetime) -> None:
    """Sessions, consents and tokens; applications hear first of those, then of the account itself."""
    held = await connected.held(tx, number)
    visited = {client_id for client_id, _ in await standing.visited(tx, number, now)}
    for grant in held:
        await announce(tx, _withdrawn(grant, user_id, now))
        if grant.client_id not in visited:
            # Whoever holds living tokens is told by signing out; a session there may outlive them.
            await outbox.disconnected(tx, grant.sub, grant.client_id, now)
    await everywhere.sign_out(tx, number, "account_deleted", now)
    await api_keys.revoke_of_apps(tx, number, now)
    await connected.forget(tx, held)
    for sub in dict.fromkeys([*(grant.sub for grant in held), *([] if held else [str(number)])]):
        event = UserDeleted(
            event_id=new_event_id(now),
            occurred_at=now,
            client_ids=tuple(grant.client_id for grant in held if grant.sub == sub),
            sub=sub,
            canonical_sub=str(user_id),
            deleted_at=now,
            purge_at=now + GRACE,
        )
        await announce(tx, event)


def _withdrawn(grant: Held, user_id: int, now: datetime) -> ConsentRevoked:
    return ConsentRevoked(
        event_id=new_event_id(now),
        occurred_at=now,
        client_ids=(grant.client_id,),
        sub=grant.sub,
        canonical_sub=str(user_id),
        scopes=grant.scopes,
        remaining_scopes=(),
        reason="account_deleted",
        revoked_at=now,
    )


async def _write(tx: Tx, ground: Ground, closed: Account, now: datetime) -> None:
    """The way back stands in a mail, because the person is signed out by now."""
    if closed.email is None or closed.identity_verified_level == 0:
        return
    letter = Letter(
        kind="account_closed",
        recipient=closed.email,
        language="ko" if closed.language == "ko" else "en",
        link=f"{ground.issuer}/session/new?again=1",
        places={"date": (now + GRACE).strftime("%Y-%m-%d")},
    )
    await mail.enqueue(tx, ground.vault, letter, now)
