"""Keeps what a probe must know of an application true, by registry's question and by copy.py's events."""

from datetime import datetime

import msgspec

from chassis.outbound import Policy
from chassis.postgres import Tx
from contracts.applications import Application
from contracts.questions.verifier import HealthApply, HealthSecret
from services.verifier.ground import Ground
from services.verifier.health import secrets, store, target
from services.verifier.health.secrets import store as kept
from services.verifier.health.store import Health
from services.verifier.health.target import NotCheckable
from services.verifier.redirect_uris import follow as checks


class Answers:
    """What verifier answers to registry, which waits for it as an application is registered."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def answer(self, question: HealthApply) -> HealthSecret:
        """Makes the secret that registry shows, unless there is one."""
        ground, app = self._ground, question.application
        async with ground.db.transaction() as tx:
            fresh = _first(ground.policy, app, ground.clock.now())
            if not await store.insert(tx, fresh):
                # Not the first word of it after all: its events tell the rest.
                await checks.application(tx, app)
                fresh = await apply(ground, tx, app)
            if fresh.deleted:
                return HealthSecret()
            made = await secrets.issue(tx, ground.vault, app.id, ground.clock.now())
        return HealthSecret(rp_health_secret=made.reveal() if made else None)


async def apply(ground: Ground, tx: Tx, app: Application) -> Health:
    """What stands with the newest record known."""
    now = ground.clock.now()
    known = await store.lock(tx, app.id)
    if known is None:
        if await store.insert(tx, fresh := _first(ground.policy, app, now)):
            return fresh
        known = await store.lock(tx, app.id)
    if known is None or app.version <= known.application_version:
        return known or fresh
    if app.deleted_at is not None:
        await kept.delete(tx, app.id)
    changed = _changed(ground.policy, known, app, now)
    await store.save(tx, changed)
    return changed


async def bury(ground: Ground, tx: Tx, application_id: int) -> None:
    """Registry no longer has it: a tombstone that only a newer record takes away."""
    known = await store.lock(tx, application_id)
    if known is not None:
        gone = msgspec.structs.replace(known, deleted=True, application_version=known.application_version + 1)
        await store.save(tx, aimed(ground.policy, gone, ground.clock.now()))
        await kept.delete(tx, application_id)


def aimed(policy: Policy, health: Health, now: datetime) -> Health:
    """With the host that its probes call from now on, probed at once; waiting for nothing where there is none."""
    if health.deleted or not health.enabled:
        return msgspec.structs.replace(_in_state(health, "disabled", None, now), host=None, next_probe_at=None)
    try:
        found = target.of(health.uris, health.chosen_host, policy)
    except NotCheckable as reason:
        stands = _in_state(health, "not_checkable", reason.reason, now)
        return msgspec.structs.replace(stands, host=None, next_probe_at=None)
    if health.state in ("disabled", "not_checkable"):
        health = _in_state(health, "pending", None, now)
    return msgspec.structs.replace(health, host=found.host, next_probe_at=now)


def _first(policy: Policy, app: Application, now: datetime) -> Health:
    """Whether it is checked is the record's to say, which registry began with (registry.md 2)."""
    uris = tuple(entry.uri for entry in app.redirect_uris)
    health = Health(
        application_id=app.id,
        client_id=app.client_id,
        application_version=app.version,
        uris=uris,
        enabled=app.health_check_enabled,
        state="pending",
        since=now,
        deleted=app.deleted_at is not None,
    )
    return aimed(policy, health, now)


def _changed(policy: Policy, known: Health, app: Application, now: datetime) -> Health:
    uris = tuple(entry.uri for entry in app.redirect_uris)
    switched = app.health_check_enabled != known.enabled
    changed = msgspec.structs.replace(
        known,
        application_version=app.version,
        uris=uris,
        deleted=app.deleted_at is not None,
        enabled=app.health_check_enabled,
    )
    if uris == known.uris and not switched and not (changed.deleted or known.deleted):
        return changed
    return aimed(policy, changed, now)


def _in_state(health: Health, state: store.State, reason: str | None, now: datetime) -> Health:
    if health.state == state and health.reason == reason:
        return health
    since = health.since if health.state == state else now
    return msgspec.structs.replace(health, state=state, reason=reason, since=since, red_checks=0)
