"""The life of signing keys: rotated with a grace, revoked at once, ended by the schedule (delivery.md 9).

Whoever changes keys holds the turn of fan-out, so that no event is signed meanwhile with a key that is going.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chassis import metrics, trace
from chassis.events import Heard
from chassis.postgres import Tx
from chassis.problems import NotFound, Problem
from chassis.settings import Secret
from contracts import ids
from contracts.events.delivery import WebhookKeyCompromised
from services.delivery.audit import store as audit
from services.delivery.audit.store import Line
from services.delivery.caller import SCHEDULE, Actor
from services.delivery.fanout import accept
from services.delivery.fanout import store as fanout
from services.delivery.ground import Ground
from services.delivery.keys import secrets, store
from services.delivery.keys.resign import again

GRACE = timedelta(hours=24)
PERIOD = timedelta(days=90)
MOST_ACTIVE = 5
BATCH = 100

_rotated = metrics.counter("delivery.keys.rotated", description="Signing keys that got a successor.")


class TooManyKeys(Problem):
    status, code = 409, "too_many_keys"
    default_detail = "At most five signing keys of one application are active; wait for a grace to end."


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once."""

    kid: str
    secret: Secret
    previous_kid: str | None = None
    previous_valid_until: datetime | None = None


class NewWebhookSecret(msgspec.Struct, frozen=True, kw_only=True):
    webhook_secret: str
    rotated_at: datetime
    previous_valid_until: datetime


async def signing_key(ground: Ground, actor: Actor, client_id: str) -> NewKey:
    """A new key signs from now on, the old one verifies for GRACE. Raises TooManyKeys."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await fanout.take_turn(tx)
        if await store.count_active(tx, client_id) >= MOST_ACTIVE:
            raise TooManyKeys
        previous = await store.retire(tx, client_id, now + GRACE)
        made = await _issue(ground, tx, client_id, now)
        detail = {"kid": made.kid, "previous_kid": previous}
        line = Line(actor=actor, action="webhook_key.rotated", client_id=client_id, subject=made.kid, detail=detail)
        await audit.write(tx, line, now)
    _rotated.add(1)
    until = now + GRACE if previous else None
    return msgspec.structs.replace(made, previous_kid=previous, previous_valid_until=until)


async def revoke(ground: Ground, actor: Actor, kid: str, reason: Literal["admin", "compromise"]) -> NewKey | None:
    """Ends a key at once: rows that carry it are signed again. Answers the successor, where one had to be made.

    Raises NotFound for a kid that is unknown or revoked already.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await fanout.take_turn(tx)
        client_id = await store.client_of(tx, kid)
        if client_id is None:
            raise NotFound
        await store.revoke(tx, kid, reason, now)
        successor = await _successor(ground, tx, client_id, now)
        key = (await store.active(tx, ground.vault, client_id))[0]
        signed = await again.with_key(tx, client_id, kid, key)
        detail = {"reason": reason, "replacement_kid": key.kid, "rows_signed_again": signed}
        line = Line(actor=actor, action="webhook_key.revoked", client_id=client_id, subject=kid, detail=detail)
        await audit.write(tx, line, now)
        if reason == "compromise":
            event = WebhookKeyCompromised(
                event_id=ids.new_event_id(now),
                occurred_at=now,
                client_ids=(ids.ClientId(client_id),),
                kid=kid,
                replacement_kid=key.kid,
                revoked_at=now,
            )
            await accept.events(ground, tx, [Heard(event, trace.traceparent())])
    return successor


async def webhook_secret(ground: Ground, actor: Actor, client_id: str) -> NewWebhookSecret:
    """The older form's secret anew: it signs at once, and what has not arrived is signed again."""
    now, secret = ground.clock.now(), secrets.new_webhook_secret()
    async with ground.db.transaction() as tx:
        await fanout.take_turn(tx)
        sealed = ground.vault.seal(secret.reveal().encode(), client_id)
        await store.replace_webhook_secret(tx, client_id, sealed, now, now + GRACE)
        signed = await again.with_webhook_secret(tx, client_id, secret)
        detail = {"rows_signed_again": signed}
        line = Line(actor=actor, action="webhook_secret.rotated", client_id=client_id, subject=client_id, detail=detail)
        await audit.write(tx, line, now)
    return NewWebhookSecret(webhook_secret=secret.reveal(), rotated_at=now, previous_valid_until=now + GRACE)


async def end_graces(ground: Ground) -> int:
    """Keys whose grace is over are revoked, and what still carries them is signed again; returns how many ended."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await fanout.take_turn(tx)
        ended = await store.past_grace(tx, now, BATCH)
        for kid, client_id in ended:
            await store.revoke(tx, kid, "rotation_grace_expired", now)
            await _successor(ground, tx, client_id, now)
            key = (await store.active(tx, ground.vault, client_id))[0]
            signed = await again.with_key(tx, client_id, kid, key)
            detail = {"reason": "rotation_grace_expired", "rows_signed_again": signed}
            line = Line(actor=SCHEDULE, action="webhook_key.revoked", client_id=client_id, subject=kid, detail=detail)
            await audit.write(tx, line, now)
    return len(ended)


async def as_scheduled(ground: Ground, period: timedelta = PERIOD) -> int:
    """Keys that have signed for a quarter get a successor; returns how many did."""
    count = 0
    for client_id in await store.older_than(ground.db, ground.clock.now() - period, BATCH):
        try:
            await signing_key(ground, SCHEDULE, client_id)
        except TooManyKeys:
            continue
        count += 1
    return count


async def _issue(ground: Ground, tx: Tx, client_id: str, now: datetime) -> NewKey:
    made = NewKey(kid=secrets.new_kid(), secret=secrets.new_signing_secret())
    await store.issue(tx, ground.vault, client_id, made.kid, made.secret, now)
    return made


async def _successor(ground: Ground, tx: Tx, client_id: str, now: datetime) -> NewKey | None:
    """A key that signs, made where there is none: nothing is ever left without one."""
    found = await store.active(tx, ground.vault, client_id)
    return None if found and found[0].status == "signing" else await _issue(ground, tx, client_id, now)
