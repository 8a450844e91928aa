"""Changes of what an account may do. From the commit on every path knows: the gateway drops the answers it keeps."""

from datetime import datetime
from typing import Final

import msgspec

from chassis.events import announce
from chassis.postgres import Database, Tx
from chassis.problems import NotFound, Problem
from contracts.events.auth import (
    UserEvent,
    UserIdentityVerified,
    UserReactivated,
    UserRoleChanged,
    UserSuspended,
)
from contracts.ids import new_event_id
from contracts.principal import Role
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.principals import revocations
from services.auth.standing import everywhere, store

RANKS: Final[tuple[Role, ...]] = ("user", "developer", "admin")


class LastAdministrator(Problem):
    """Nobody would be left who could undo it."""

    status, code = 409, "last_administrator"
    default_detail = "This is the last administrator."


class AccountMerged(Problem):
    """Another account has absorbed it, which no command undoes (auth.md 6.5)."""

    status, code = 409, "account_merged"
    default_detail = "This account was merged into another one."


class Act(msgspec.Struct, frozen=True):
    """By whom, and when."""

    actor: str
    now: datetime


async def suspend(db: Database, user_id: int, act: Act) -> Account:
    """The account may do nothing until it is reactivated: sessions, tokens and codes end, API keys sleep.

    Repeating it changes nothing. Raises NotFound, LastAdministrator.
    """
    async with db.transaction() as tx:
        others = await store.other_administrators(tx, user_id)
        account = await _locked(tx, user_id)
        if account.suspended_at is not None:
            return account
        _keep_one_administrator(account, others)
        await store.suspend(tx, user_id, act.now)
        await everywhere.sign_out(tx, user_id, "account_suspended", act.now)
        return await _told(tx, account, UserSuspended, act)


async def reactivate(db: Database, user_id: int, act: Act) -> Account:
    """The account may be used again; what ended with its suspension stays ended. Raises NotFound, AccountMerged."""
    async with db.transaction() as tx:
        account = await _locked(tx, user_id)
        if account.merged_into is not None:
            raise AccountMerged
        if account.suspended_at is None:
            return account
        # A sign-in that was under way at the suspension may have begun a session, which must not wake up now.
        await everywhere.sign_out(tx, user_id, "account_suspended", act.now)
        await store.reactivate(tx, user_id, act.now)
        return await _told(tx, account, UserReactivated, act)


async def role(db: Database, user_id: int, wanted: Role, act: Act) -> Account:
    """Who loses rights is signed out everywhere, since tokens tell of scopes that are no longer theirs.

    Raises NotFound, LastAdministrator.
    """
    async with db.transaction() as tx:
        others = await store.other_administrators(tx, user_id)
        account = await _locked(tx, user_id)
        if account.role == wanted:
            return account
        _keep_one_administrator(account, others)
        await store.set_role(tx, user_id, wanted, act.now)
        if RANKS.index(wanted) < RANKS.index(account.role):
            await everywhere.sign_out(tx, user_id, "role_lowered", act.now)
        return await _told(tx, account, UserRoleChanged, act)


async def level(tx: Tx, account: Account, wanted: int, act: Act) -> Account:
    """0 unverified, 1 email, 2 phone, 3 by a provider (auth.md 0). The caller has locked the account."""
    if account.identity_verified_level == wanted:
        return account
    await store.set_level(tx, account.id, wanted, act.now)
    return await _told(tx, account, UserIdentityVerified, act)


async def _locked(tx: Tx, user_id: int) -> Account:
    account = await accounts.lock(tx, user_id)
    if account is None or account.deleted_at is not None:
        raise NotFound
    return account


def _keep_one_administrator(account: Account, others: int) -> None:
    if account.role == "admin" and account.living and others == 0:
        raise LastAdministrator


async def _told(tx: Tx, before: Account, kind: type[UserEvent], act: Act) -> Account:
    """Writes the trail, empties caches, announces the whole record as it is now."""
    after = await accounts.by_id(tx, before.id)
    if after is None:
        raise LookupError(f"user {before.id} went away while it was locked")
    detail: dict[str, list[object]] = {
        "role": [before.role, after.role],
        "level": [before.identity_verified_level, after.identity_verified_level],
        "suspended": [before.suspended_at is not None, after.suspended_at is not None],
    }
    changed = {name: pair for name, pair in detail.items() if pair[0] != pair[1]}
    await store.note(tx, before.id, act.actor, str(kind.__struct_config__.tag), changed, act.now)
    await revocations.advance(tx)
    await announce(tx, kind(event_id=new_event_id(act.now), occurred_at=act.now, user=after.public()))
    return after
