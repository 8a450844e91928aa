"""`users …`: what an operator does about an account; it may stand in any state but deleted."""

import asyncio
import sys
from typing import Final

import msgspec

from chassis.clock import Clock, SystemClock
from chassis.postgres import Database
from chassis.problems import Problem
from chassis.vault import Vault
from contracts.beats import REVOCATION_SECONDS
from services.auth.accounts import addresses
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.factors import lost
from services.auth.settings import Settings
from services.auth.standing import change
from services.auth.standing.change import RANKS, Act

USAGE: Final = (
    "say: users show | suspend | reactivate | forget-factors | role user|developer|admin | level 0|1|2|3 "
    "<address or number>"
)


class Desk(msgspec.Struct, frozen=True):
    """What letters are written with."""

    issuer: str
    vault: Vault
    clock: Clock


HEARD_SECONDS: Final = 4 * REVOCATION_SECONDS
"""This process has no NATS: the next beats of those that serve tell the gateways, and only then is it done."""


async def users(config: Settings, db: Database, words: list[str]) -> None:
    """`users suspend <who>`, `users role developer <who>` …: the word first, then its value, then the account."""
    if len(words) < 2:
        sys.exit(USAGE)
    account = await named(db, words[-1])
    try:
        if words[:-1] == ["forget-factors"]:
            desk = Desk(config.issuer, Vault.from_setting(config.key_encryption_keys), SystemClock())
            sys.stdout.write(f"{await lost.forget(desk, db, account.id)} removed\n")
        after = await _changed(db, account, words[:-1])
    except Problem as problem:
        sys.exit(problem.detail)
    if words[0] != "show":
        await asyncio.sleep(HEARD_SECONDS)
    state = "suspended" if after.suspended_at else "living"
    sys.stdout.write(f"{after.id} {after.email or '-'} {after.role} level {after.identity_verified_level} {state}\n")


async def _changed(db: Database, account: Account, words: list[str]) -> Account:
    act = Act("operator", SystemClock().now())
    match words:
        case ["show"] | ["forget-factors"]:
            return account
        case ["suspend"]:
            return await change.suspend(db, account.id, act)
        case ["reactivate"]:
            return await change.reactivate(db, account.id, act)
        case ["role", wanted]:
            for role in RANKS:
                if role == wanted:
                    return await change.role(db, account.id, role, act)
        case ["level", "0" | "1" | "2" | "3" as wanted]:
            async with db.transaction() as tx:
                locked = await accounts.lock(tx, account.id)
                return await change.level(tx, locked or account, int(wanted), act)
    sys.exit(USAGE)


async def named(db: Database, who: str) -> Account:
    """By address, in any spelling, or by number; exits where there is none."""
    key = addresses.fold(who)
    found = await (accounts.by_id(db, int(who)) if who.isdecimal() else accounts.by_email(db, key))
    if found is None or found.deleted_at is not None:
        sys.exit("there is no such account")
    return found
