"""A completed check: looked at, judged, kept with its result, and announced where a mail is due."""

from datetime import datetime

import msgspec

from chassis import work
from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.events.verifier import HealthLost, HealthRecovered
from services.verifier.ground import Ground
from services.verifier.health import course, secrets, store, target
from services.verifier.health.judge import Observation
from services.verifier.health.probe import Slot, at_once
from services.verifier.health.secrets import Secrets
from services.verifier.health.store import Health, Result
from services.verifier.health.target import NotCheckable


async def one(ground: Ground, held: Health, slot: Slot = at_once) -> Health:
    """The health that stands afterwards; the caller holds its lease, which ends here."""
    with work.unit("rp_health.checked") as unit:
        unit.note(application_id=held.application_id, host=held.host)
        seen = await _seen(ground, held, slot)
        async with ground.db.transaction() as tx:
            stands = await _keep(ground, tx, held, seen)
        unit.label(state=stands.state)
        unit.note(reason=stands.reason, latency_ms=stands.latency_ms)
    return stands


async def _seen(ground: Ground, held: Health, slot: Slot) -> Observation | None:
    """None where the relying party has no secret: nothing can be signed, and nothing is asked."""
    try:
        aim = target.of(held.uris, held.chosen_host, ground.policy)
    except NotCheckable as failed:
        return Observation(colour="not_checkable", reason=failed.reason)
    found = await _secrets(ground, held)
    return None if found is None else await ground.health.observe(aim, held.client_id, found, slot)


async def _secrets(ground: Ground, held: Health) -> Secrets | None:
    async with ground.db.connection() as connection:
        return await secrets.read(connection, ground.vault, held.application_id, ground.clock.now())


async def _keep(ground: Ground, tx: Tx, held: Health, seen: Observation | None) -> Health:
    """What was found out about another host than the one that counts now is not kept."""
    now = ground.clock.now()
    known = await store.lock(tx, held.application_id) or held
    await store.release(tx, held.application_id)
    if not known.enabled or known.deleted or known.host != held.host:
        return known
    if seen is None:
        waits = msgspec.structs.replace(known, next_probe_at=None)
        await store.save(tx, waits)
        return waits
    stands, mail = course.after(known, seen, now)
    await store.save(tx, stands)
    await store.record(tx, stands.application_id, _result(stands, seen, now))
    if mail is not None:
        kind = HealthLost if mail == "lost" else HealthRecovered
        event = kind(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            application_id=stands.application_id,
            client_id=stands.client_id,
            host=stands.host or "",
            reason=seen.reason,
        )
        await announce(tx, event)
    return stands


def _result(stands: Health, seen: Observation, now: datetime) -> Result:
    return Result(at=now, state=stands.state, reason=seen.reason, latency_ms=seen.latency_ms, drift_s=seen.drift_s)
