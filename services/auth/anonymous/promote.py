"""Attaching an identity: an anonymous account becomes somebody's, any other one gets another way in (auth.md 6.3)."""

from datetime import datetime

import msgspec

from chassis import work
from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Unauthorized
from chassis.races import TAKEN, retried
from contracts.events.auth import UserRegistered
from contracts.ids import new_event_id
from services.auth.accounts import give_up
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.anonymous import identities, store
from services.auth.anonymous.identities import Believed, Shown
from services.auth.ground import Ground
from services.auth.principals import revocations
from services.auth.upstream import resolve
from services.auth.upstream import store as upstream
from services.auth.upstream.refusals import EmailAlreadyRegistered, IdentityOwnedByAnotherAccount


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    account: Account
    promoted: bool


async def attach(ground: Ground, user_id: int, shown: Shown) -> Attached:
    """Raises IdentityOwnedByAnotherAccount, EmailAlreadyRegistered, LinkedToOther and its kin, Unauthorized, and what
    `identities.believed` raises.
    """
    identity = await identities.believed(ground, shown)

    async def attached() -> Attached:
        async with ground.db.transaction() as tx:
            return await _attach(tx, ground, user_id, identity)

    with work.unit("identity.attached") as unit:
        unit.note(user_id=user_id, connector=identity.connector.key)
        done = await retried(attached, TAKEN)
        unit.note(promoted=done.promoted)
        return done


async def _attach(tx: Tx, ground: Ground, user_id: int, identity: Believed) -> Attached:
    account = await accounts.lock(tx, user_id)
    if account is None or not account.living:
        raise Unauthorized
    if not account.anonymous:
        await resolve.link(tx, ground, identity.connector, identity.found, user_id)
        return Attached(account=account, promoted=False)
    now = ground.clock.now()
    if await upstream.owner(tx, identity.connector.key, identity.found.subject) not in {None, user_id}:
        raise IdentityOwnedByAnotherAccount
    return Attached(
        account=await _promote(tx, account, identity, ground.settings.synthetic_mail_domain, now), promoted=True
    )


async def _promote(tx: Tx, account: Account, identity: Believed, nowhere: str, now: datetime) -> Account:
    key, found = identity.connector.key, identity.found
    address = resolve.proved_address(found)
    if address is not None:
        await _free(tx, address.key, now, authoritative=found.authoritative)
    verified = address is not None and found.authoritative
    taken = address or resolve.synthetic_address(key, found.subject, nowhere)
    await store.promote(tx, account.id, taken.email, taken.key, verified=verified, now=now)
    await upstream.link(tx, account.id, key, found.subject, found.email, now)
    promoted = await accounts.by_id(tx, account.id)
    if promoted is None:
        raise LookupError(f"user {account.id} went away while it was locked")
    # Other services hear of an account once it is somebody's.
    await announce(tx, UserRegistered(event_id=new_event_id(now), occurred_at=now, user=promoted.public()))
    await revocations.advance(tx)
    return promoted


async def _free(tx: Tx, email_key: str, now: datetime, *, authoritative: bool) -> None:
    """Whoever has proved the address keeps it: at sign-in this identity would open their account, so it is theirs."""
    holder = await accounts.by_email(tx, email_key)
    if holder is None:
        return
    if not authoritative:
        raise EmailAlreadyRegistered
    if holder.identity_verified_level > 0:
        raise IdentityOwnedByAnotherAccount
    await give_up.address(tx, holder.id, now)
