"""Sending again: one row or a time range, by an administrator or by the application's developer, always audited."""

from datetime import datetime

import msgspec

from chassis.postgres import Tx, nudge_on_commit
from chassis.problems import NotFound, Problem, ValidationFailed
from services.delivery.audit import store as audit
from services.delivery.audit.store import Action, Line
from services.delivery.caller import Actor
from services.delivery.endpoints import store as endpoints
from services.delivery.ground import QUEUE, Ground
from services.delivery.queue import store
from services.delivery.registry import Registry
from services.delivery.signing import canonical

ONE, RANGE = "webhook_outbox.retry", "webhook_outbox.retry_range"
"""The actions that a step-up nonce is asked for."""


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Events that occurred from `since` to before `until`, of one application or, with None, of all."""

    client_id: str | None
    since: datetime
    until: datetime

    @property
    def target(self) -> str:
        """How it is named where a nonce is asked for: `<client_id or *> <since> <until>`, times in UTC with Z."""
        return f"{self.client_id or '*'} {canonical.timestamp(self.since)} {canonical.timestamp(self.until)}"


class NotDead(Problem):
    status, code = 409, "not_dead"
    default_detail = "Only a row that was given up can be sent again."


class NothingToPushTo(Problem):
    status, code = 409, "endpoint_disabled"
    default_detail = "There is no webhook URL, or pushes to it are disabled."


async def by_administrator(ground: Ground, registry: Registry, actor: Actor, row: int, nonce: str) -> store.Queued:
    """Raises NotFound, NotDead, and registry's `step_up_required` and `nonce_used`."""
    if await store.one(ground.db, row) is None:
        raise NotFound
    await registry.claim(actor.user_id, ONE, str(row), nonce)
    async with ground.db.transaction() as tx:
        found = await store.one(tx, row)
        if found is None:
            raise NotFound
        return await _one(ground, tx, actor, found)


async def by_developer(ground: Ground, actor: Actor, client_id: str, row: int) -> store.Queued:
    """Raises NotFound for rows of others, NotDead, NothingToPushTo."""
    async with ground.db.transaction() as tx:
        found = await store.one(tx, row)
        if found is None or found.client_id != client_id:
            raise NotFound
        await _reachable(tx, client_id)
        return await _one(ground, tx, actor, found)


async def dead(ground: Ground, registry: Registry, actor: Actor, of: Range, nonce: str) -> int:
    """Every dead row of a range; the nonce names it. Raises registry's `step_up_required` and `nonce_used`."""
    await registry.claim(actor.user_id, RANGE, of.target, nonce)
    async with ground.db.transaction() as tx:
        count = await store.replay_dead(tx, of.client_id, of.since, of.until, ground.clock.now())
        await _told(ground, tx, actor, "delivery.replayed_range", of, count)
    return count


async def recover(ground: Ground, actor: Actor, client_id: str, since: datetime, until: datetime | None) -> int:
    """All that did not arrive since then, events that were never attempted included. Raises NothingToPushTo."""
    now = ground.clock.now()
    end = until or now
    if end <= since:
        raise ValidationFailed(fields={"until": ["after `since`"]})
    async with ground.db.transaction() as tx:
        await _reachable(tx, client_id)
        count = await store.recover(tx, client_id, since, end, now)
        of = Range(client_id=client_id, since=since, until=end)
        await _told(ground, tx, actor, "delivery.recovered", of, count)
    return count


async def _one(ground: Ground, tx: Tx, actor: Actor, row: store.Queued) -> store.Queued:
    now = ground.clock.now()
    if not await store.replay(tx, row.id, now):
        raise NotDead
    line = Line(actor=actor, action="delivery.replayed", client_id=row.client_id, subject=row.event_id)
    await audit.write(tx, line, now)
    nudge_on_commit(QUEUE)
    found = await store.one(tx, row.id)
    if found is None:
        raise NotFound
    return found


async def _told(ground: Ground, tx: Tx, actor: Actor, action: Action, of: Range, count: int) -> None:
    detail = {"since": of.since, "until": of.until, "count": count}
    line = Line(actor=actor, action=action, client_id=of.client_id, subject=of.client_id or "*", detail=detail)
    await audit.write(tx, line, ground.clock.now())
    nudge_on_commit(QUEUE)


async def _reachable(tx: Tx, client_id: str) -> None:
    if not await endpoints.is_reachable(tx, client_id):
        raise NothingToPushTo
