"""Folding an anonymous account A into the account B of whoever has just said who they are (auth.md 6.3)."""

from datetime import datetime

import msgspec

from chassis import work
from chassis.postgres import Tx
from chassis.races import TAKEN, retried
from contracts.ids import new_event_id
from contracts.principal import AccessToken
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.anonymous import bootstrap, devices, exchange, identities, store
from services.auth.anonymous.bootstrap import Booted, Issue, Owner
from services.auth.anonymous.devices import DeviceKey
from services.auth.anonymous.identities import Believed, Shown
from services.auth.anonymous.refusals import IdentityNotLinked, NonAnonymousCaller
from services.auth.factors import tries
from services.auth.ground import Ground
from services.auth.merging import absorb, tell
from services.auth.merging import store as links
from services.auth.merging.proofs import second
from services.auth.merging.refusals import TargetUnusable
from services.auth.merging.store import Entry, NewLink
from services.auth.standing import everywhere
from services.auth.token.log import Caller
from services.auth.upstream import resolve
from services.auth.upstream import store as upstream


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody says that they are, and a code of that account's, should it have a second factor."""

    identity: Shown
    second_factor: str | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """How many things are B's now."""

    grants: int
    agent_approvals: int = 0
    """Nobody approves agents here."""
    device_credentials: int = 0


class Swapped(msgspec.Struct, frozen=True, kw_only=True):
    booted: Booted
    key: DeviceKey | None
    """The device's new key; None for an account that had no device."""
    moved: Moved


async def fold(ground: Ground, caller: AccessToken, wish: Wish, whence: Caller) -> Swapped:
    """All of it in one transaction. Raises AppTokenNeeded, NonAnonymousCaller, IdentityNotLinked, TargetUnusable,
    OtherFactorNeeded, WrongCode, LinkedToOther and its kin, TemporarilyUnavailable, and what `identities.believed`
    raises.
    """
    user_id = exchange.of_the_app(caller)
    identity = await identities.believed(ground, wish.identity)
    app, key = await bootstrap.platform_app(ground), await ground.ring.signing("own")
    if wish.second_factor is not None:
        await _count(ground, identity)

    async def folded() -> Swapped:
        issue = Issue(ground.issuer, app, key, whence, ground.clock.now())
        async with ground.db.transaction() as tx:
            target = await _target(tx, ground, user_id, identity, wish.second_factor)
            return await _move(tx, user_id, target, issue)

    with work.unit("account.swapped") as unit:
        unit.note(user_id=user_id)
        return await retried(folded, TAKEN)


async def _count(ground: Ground, identity: Believed) -> None:
    """Of a code that somebody tries: whatever becomes of the swap. Raises TooManyCodes."""
    async with ground.db.transaction() as tx:
        target_id = await _owner(tx, identity)
    if target_id is not None:
        await tries.take(ground, target_id)


async def _target(tx: Tx, ground: Ground, user_id: int, identity: Believed, code: str | None) -> Account:
    """The account that lives on, and the identity linked to it; both accounts are held."""
    target_id = await _owner(tx, identity)
    await links.lock(tx, user_id, *([] if target_id is None else [target_id]))
    if not await store.is_anonymous(tx, user_id):
        raise NonAnonymousCaller
    if target_id is None or target_id != await _owner(tx, identity):
        raise IdentityNotLinked
    target = await accounts.by_id(tx, target_id)
    if target is None or not target.living or target.anonymous:
        raise TargetUnusable
    # The device will act as that account, so this is a sign-in: a provider alone does not do where more is asked for.
    await second.shown(ground, tx, target.id, "anonymous_swap", code)
    await _link(tx, ground, identity, target)
    return target


async def _owner(tx: Tx, identity: Believed) -> int | None:
    """Whose account this identity opens: by its subject, else by the address that both sides have proved. An account
    that was absorbed leads to the one that absorbed it.
    """
    found = await upstream.owner(tx, identity.connector.key, identity.found.subject)
    account = None if found is None else await accounts.by_id(tx, found)
    address = resolve.proved_address(identity.found) if identity.found.authoritative else None
    if account is None and address is not None:
        account = await accounts.by_email(tx, address.key)
        if account is not None and account.identity_verified_level == 0:
            return None
    return None if account is None else account.merged_into or account.id


async def _link(tx: Tx, ground: Ground, identity: Believed, target: Account) -> None:
    """An identity that was found by its address; the owner is told, as of every other way in."""
    if await upstream.owner(tx, identity.connector.key, identity.found.subject) is None:
        await resolve.link(tx, ground, identity.connector, identity.found, target.id)


async def _move(tx: Tx, user_id: int, target: Account, issue: Issue) -> Swapped:
    applications, now = await links.acquainted(tx, [user_id]), issue.now
    await everywhere.sign_out(tx, user_id, "merged", now)
    grants = await links.move_grants(tx, user_id, target.id)
    await links.move_acquaintances(tx, user_id, target.id)
    secret, key, moved = await _device(tx, user_id, target, now)
    await links.note(tx, _entry(user_id, target.id, issue.caller), now)
    folded = await accounts.by_id(tx, user_id)
    if folded is not None:
        await absorb.pass_level_on(tx, folded, target.id, now)
    # The row goes before its link is written: links to accounts that live on have to be marked in them.
    await store.end_account(tx, user_id)
    new = NewLink(
        primary_user_id=target.id,
        linked_user_id=user_id,
        merged_via="anonymous_swap",
        idempotency_key=f"swap:{user_id}",
        source_event_id=new_event_id(now),
    )
    await tell.merged(tx, await links.insert(tx, new, now), applications, now)
    booted = await bootstrap.token(tx, issue, Owner(user_id=target.id, anonymous=False, secret=secret))
    return Swapped(booted=booted, key=key, moved=Moved(grants=grants, device_credentials=moved))


async def _device(tx: Tx, user_id: int, target: Account, now: datetime) -> tuple[str | None, DeviceKey | None, int]:
    """The device in hand acts as B from now on, by a new secret and a new key. Others go with A: nobody has shown on
    them who they are.
    """
    held = await store.of_person(tx, user_id)
    if not held:
        return None, None, 0
    for other in held[1:]:
        await store.forget(tx, other)
    secret = devices.new_secret()
    moved = await store.hand_over(tx, user_id, target.id)
    await store.renew(tx, held[0], devices.digest(secret), now)
    return secret, await devices.new_key(tx, held[0], target.id, anonymous=False, now=now), moved


def _entry(user_id: int, target_id: int, caller: Caller) -> Entry:
    return Entry(
        outcome="merged",
        merged_via="anonymous_swap",
        requester_id=target_id,
        other_id=user_id,
        credential="access_token",
        ip=caller.ip,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
    )
