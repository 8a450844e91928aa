"""What becomes of an absorbed account: it stays as a row, opens nothing, and leaves its grants to the survivor."""

from datetime import datetime

from chassis.events import announce
from chassis.postgres import Tx
from contracts.events.auth import UserRoleChanged, UserSuspended
from contracts.ids import new_event_id
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.anonymous import store as devices
from services.auth.api_keys import store as api_keys
from services.auth.merging import store, tell
from services.auth.merging.store import Link, NewLink
from services.auth.standing import change, everywhere


async def account(tx: Tx, new: NewLink, now: datetime) -> Link:
    """Both accounts are locked and have been judged. Grants go over with their `sub`; whatever proved the absorbed
    account (sessions, keys, devices, tokens) ends, and sign-ins at providers lead to the survivor from now on.
    """
    primary, linked = new.primary_user_id, new.linked_user_id
    applications = await store.acquainted(tx, [primary, linked])
    await store.absorb(tx, linked, primary, now)
    link = await store.insert(tx, new, now)
    await tell.merged(tx, link, applications, now)
    await store.move_grants(tx, linked, primary)
    await store.move_acquaintances(tx, linked, primary)
    await store.move_identities(tx, linked, primary)
    # Devices before tokens: a device that is just being let in holds its row, and the family that it began must be
    # visible when the families' turn comes.
    await devices.forget_all(tx, linked)
    await api_keys.revoke_all(tx, linked, now)
    absorbed = await accounts.by_id(tx, linked)
    if absorbed is None:
        raise LookupError(f"user {linked} went away while it was locked")
    await announce(tx, UserSuspended(event_id=new_event_id(now), occurred_at=now, user=absorbed.public()))
    if await store.raise_role(tx, linked, primary):
        await _tell_role(tx, primary, now)
    await pass_level_on(tx, absorbed, primary, now)
    await everywhere.sign_out(tx, linked, "merged", now)
    return link


async def pass_level_on(tx: Tx, absorbed: Account, primary: int, now: datetime) -> None:
    """What was proved of the person holds for the survivor as well, whose own address no merge can prove: at level 0
    the survivor has to do that first (`accounts.store.email_verified`).
    """
    survivor = await accounts.by_id(tx, primary)
    if survivor is not None and 0 < survivor.identity_verified_level < absorbed.identity_verified_level:
        await change.level(tx, survivor, absorbed.identity_verified_level, change.Act("merge", now))


async def _tell_role(tx: Tx, primary: int, now: datetime) -> None:
    survivor = await accounts.by_id(tx, primary)
    if survivor is not None:
        await announce(tx, UserRoleChanged(event_id=new_event_id(now), occurred_at=now, user=survivor.public()))
