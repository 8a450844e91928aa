"""Merging two accounts of one person: the requester's survives, the other one is absorbed (auth.md 6.5)."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Literal

import msgspec

from chassis import work
from chassis.postgres import Tx
from chassis.problems import Problem, Unauthorized
from chassis.races import retried
from contracts.events.auth import MergedVia
from contracts.ids import new_event_id
from services.auth.accounts import store as accounts
from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.ground import Ground
from services.auth.merging import absorb, notice, store
from services.auth.merging.proofs import second
from services.auth.merging.refusals import ChainForbidden, SelfMergeForbidden, TargetUnusable
from services.auth.merging.store import Entry, Link, NewLink
from services.auth.standing import store as standing
from services.auth.standing.change import LastAdministrator


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that held: whose other account it is, and how it is used up."""

    target_id: int
    via: MergedVia
    idempotency_key: str
    spent: Problem | None = None
    """What a repeat of a used proof is told; None where it is told what became of the first one."""
    spend: Callable[[Tx], Awaitable[bool]]
    """Uses it up in the transaction of the merge; False where somebody was faster."""
    second_factor: str | None = None
    """A code of the other account's, where a mailbox or a provider alone does not open it."""


class Requester(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account shall survive, and what the log keeps of the request."""

    user_id: int
    credential: Literal["session", "pak"]
    ip: str
    user_agent: str
    request_id: str


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    link: Link
    outcome: Literal["merged", "already_processed"]


async def accounts_of(ground: Ground, requester: Requester, proven: Proven) -> Merged:
    """All of it in one transaction. Raises SelfMergeForbidden, TargetUnusable, ChainForbidden, AnonymousNotAllowed,
    OtherFactorNeeded, WrongCode, TooManyCodes, LastAdministrator, Unauthorized, and what the proof says of its second
    use.
    """
    if proven.target_id == requester.user_id:
        raise SelfMergeForbidden
    await second.count(ground, proven.target_id, proven.via, proven.second_factor)
    with work.unit("accounts.merged", labels={"via": proven.via}) as unit:
        unit.note(user_id=requester.user_id, other_id=proven.target_id)
        try:
            done = await retried(partial(_once, ground, requester, proven))
        except Problem as problem:
            entry = _entry(requester, proven, problem.code)
            await retried(partial(store.note, ground.db, entry, ground.clock.now()))
            raise
        unit.note(found=done.outcome)
        return done


async def _once(ground: Ground, requester: Requester, proven: Proven) -> Merged:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await _keep_an_administrator(tx, proven.target_id)
        await store.lock(tx, requester.user_id, proven.target_id)
        known = await store.by_key(tx, proven.idempotency_key)
        if proven.spent is None and known is not None and known.primary_user_id == requester.user_id:
            return Merged(link=known, outcome="already_processed")
        if not await proven.spend(tx):
            raise proven.spent or TargetUnusable()
        await _judge(tx, requester.user_id, proven.target_id)
        await second.shown(ground, tx, proven.target_id, proven.via, proven.second_factor)
        new = NewLink(
            primary_user_id=requester.user_id,
            linked_user_id=proven.target_id,
            merged_via=proven.via,
            idempotency_key=proven.idempotency_key,
            source_event_id=new_event_id(now),
        )
        link = await absorb.account(tx, new, now)
        await notice.of_merge(tx, ground, link, now)
        await store.note(tx, _entry(requester, proven, "merged"), now)
    return Merged(link=link, outcome="merged")


async def _keep_an_administrator(tx: Tx, target_id: int) -> None:
    """Before any other account is locked, as everywhere where administrators are counted. Raises LastAdministrator."""
    target = await accounts.by_id(tx, target_id)
    if target is not None and target.role == "admin" and await standing.other_administrators(tx, target_id) == 0:
        raise LastAdministrator


async def _judge(tx: Tx, requester_id: int, target_id: int) -> None:
    me, other = await accounts.by_id(tx, requester_id), await accounts.by_id(tx, target_id)
    if me is None or not me.living:
        raise Unauthorized
    if me.anonymous:
        raise AnonymousNotAllowed
    if other is None or not other.living or other.anonymous:
        raise TargetUnusable
    if await store.absorbed_by(tx, target_id):
        raise ChainForbidden


def _entry(requester: Requester, proven: Proven, outcome: str) -> Entry:
    return Entry(
        outcome=outcome,
        merged_via=proven.via,
        requester_id=requester.user_id,
        other_id=proven.target_id,
        credential=requester.credential,
        ip=requester.ip,
        user_agent=requester.user_agent,
        request_id=requester.request_id,
    )
