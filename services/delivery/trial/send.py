"""Sends a test: ten an hour for each application, so that a developer's loop floods nobody."""

from datetime import timedelta

import msgspec

from chassis import trace
from chassis.events import Heard
from chassis.postgres import nudge_on_commit
from chassis.problems import Problem
from contracts import ids
from contracts.events.delivery import WebhookTested
from services.delivery.audit import store as audit
from services.delivery.audit.store import Line
from services.delivery.caller import Actor
from services.delivery.endpoints import store as endpoints
from services.delivery.fanout import accept
from services.delivery.fanout import store as fanout
from services.delivery.ground import QUEUE, Ground
from services.delivery.queue.replay import NothingToPushTo
from services.delivery.trial import store

MOST, WINDOW = 10, timedelta(hours=1)

MESSAGE = "This is a test. Answer 2xx and do nothing else."


class RateLimited(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Ten test sends an hour for each application."


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    event_id: str
    row: int


async def test(ground: Ground, actor: Actor, client_id: str) -> Sent:
    """Queues one `webhook.test`. Raises NothingToPushTo and RateLimited."""
    now = ground.clock.now()
    event = WebhookTested(
        event_id=ids.new_event_id(now), occurred_at=now, client_ids=(ids.ClientId(client_id),), message=MESSAGE
    )
    async with ground.db.transaction() as tx:
        if not await endpoints.is_reachable(tx, client_id):
            raise NothingToPushTo
        await fanout.take_turn(tx)
        if await store.count_since(tx, client_id, now - WINDOW) >= MOST:
            raise RateLimited(headers={"retry-after": "600"})
        push = await accept.alone(ground, tx, Heard(event, trace.traceparent()), client_id)
        row = await store.enqueue(tx, push, now)
        line = Line(actor=actor, action="webhook.tested", client_id=client_id, subject=event.event_id)
        await audit.write(tx, line, now)
        nudge_on_commit(QUEUE)
    return Sent(event_id=event.event_id, row=row)
