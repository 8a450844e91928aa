"""What a developer does with the health check: look now, switch, choose a host, take a new secret."""

import msgspec

from chassis.postgres import Tx
from chassis.settings import Secret
from contracts.applications import Application
from services.verifier.audit import store as audit
from services.verifier.audit.store import Action, Line
from services.verifier.caller import Caller
from services.verifier.ground import Ground
from services.verifier.health import check, follow, schedule, secrets, store, target
from services.verifier.health.refusals import HealthDisabled, HostNotRegistered
from services.verifier.health.store import Health
from services.verifier.limits import take as limits
from services.verifier.limits.refusals import AttemptTooSoon


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """UNSET leaves as it is; host None goes back to the first one."""

    enabled: bool | msgspec.UnsetType = msgspec.UNSET
    host: str | msgspec.UnsetType | None = msgspec.UNSET


class Switched(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` where one had to be made; shown this once."""

    health: Health
    secret: Secret | None = None


async def check_now(ground: Ground, caller: Caller, application_id: int) -> Health:
    """Raises registry's `not_found`, HealthDisabled, and AttemptTooSoon also while a check is being made."""
    app = await ground.registry.application(caller, application_id, "manage")
    async with ground.db.transaction() as tx:
        now = ground.clock.now()
        held = await follow.apply(ground, tx, app)
        if held.host is None:
            raise HealthDisabled
        await limits.within(tx, [limits.of_health(app.id)], now)
        if not await store.hold_one(tx, app.id, now, schedule.LEASE):
            raise AttemptTooSoon(headers={"retry-after": "10"})
        await _audit(ground, tx, caller, "rp_health.checked", held, held.host)
    return await check.one(ground, held)


async def switch(ground: Ground, caller: Caller, application_id: int, wanted: Switch) -> Switched:
    """On for the first time issues the secret. Raises registry's `not_found` and HostNotRegistered.

    Whether it is on is the record's to say, so registry is asked to switch it and what it answers is applied here.
    """
    app = await ground.registry.application(caller, application_id, "manage")
    host = _chosen(ground, app, wanted)
    was = await known(ground, app)
    if not isinstance(wanted.enabled, msgspec.UnsetType) and wanted.enabled != app.health_check_enabled:
        app = await ground.registry.switch_health(caller, application_id, wanted.enabled)
    async with ground.db.transaction() as tx:
        now = ground.clock.now()
        changed = await follow.apply(ground, tx, app)
        if not isinstance(host, msgspec.UnsetType) and host != changed.chosen_host:
            aimed = msgspec.structs.replace(changed, chosen_host=host)
            await store.save(tx, changed := follow.aimed(ground.policy, aimed, now))
        if (was.enabled, was.chosen_host) != (changed.enabled, changed.chosen_host):
            await _audit(ground, tx, caller, "rp_health.changed", changed, "on" if changed.enabled else "off")
        made = await secrets.issue(tx, ground.vault, app.id, now) if changed.enabled else None
    return Switched(health=changed, secret=made)


async def rotate(ground: Ground, caller: Caller, application_id: int, *, compromised: bool) -> Secret:
    """The next probe is signed with the new secret. Raises registry's `not_found`."""
    app = await ground.registry.application(caller, application_id, "manage")
    async with ground.db.transaction() as tx:
        now = ground.clock.now()
        known = await follow.apply(ground, tx, app)
        secret = await secrets.rotate(tx, ground.vault, app.id, now, compromised=compromised)
        await store.save(tx, follow.aimed(ground.policy, known, now))
        outcome = "without grace" if compromised else "with grace"
        await _audit(ground, tx, caller, "rp_health.secret_rotated", known, outcome)
    return secret


async def known(ground: Ground, app: Application) -> Health:
    """What stands; an application that was there before verifier heard of it is taken up now, switched off."""
    found = await store.find(ground.db, app.id)
    if found is not None:
        return found
    async with ground.db.transaction() as tx:
        return await follow.apply(ground, tx, app)


def _chosen(ground: Ground, app: Application, wanted: Switch) -> str | msgspec.UnsetType | None:
    uris = [entry.uri for entry in app.redirect_uris]
    if isinstance(wanted.host, str) and wanted.host not in target.hosts(uris, ground.policy):
        raise HostNotRegistered
    return wanted.host


async def _audit(ground: Ground, tx: Tx, caller: Caller, action: Action, health: Health, outcome: str) -> None:
    line = Line(
        actor=caller.actor,
        action=action,
        application_id=health.application_id,
        subject=health.host or "",
        outcome=outcome,
    )
    await audit.write(tx, line, ground.clock.now())
