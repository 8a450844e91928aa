"""One attempt to verify the host of a redirect URI: limited, gated, probed, kept, announced, stamped."""

import msgspec

from chassis import work
from chassis.events import announce
from chassis.outbound import url
from chassis.problems import Problem
from contracts import ids
from contracts.applications import Application, Verification
from contracts.events.verifier import RedirectUriFailed, RedirectUriVerified
from services.verifier.challenge import derive
from services.verifier.ground import Ground
from services.verifier.proof import gate
from services.verifier.proof.prove import Finding
from services.verifier.redirect_uris import limits, standing, store
from services.verifier.redirect_uris.refusals import UriNotRegistered
from services.verifier.redirect_uris.store import Check, Perspective
from services.verifier.registry import Propagation


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was made: what it found, and what stands after it."""

    finding: Finding
    hint: str | None
    check: Check
    propagation: Propagation


async def redirect_uri(ground: Ground, user_id: int, application_id: int, uri: str) -> Checked:
    """Raises registry's `not_found`, UriNotRegistered, AttemptTooSoon, NotVerifiable and BlockedHost."""
    app = await ground.registry.application(user_id, application_id, "manage")
    if uri not in [entry.uri for entry in app.redirect_uris]:
        raise UriNotRegistered
    target = await _admitted(ground, app, uri)
    with work.unit("redirect_uri.checked") as unit:
        values = {derive.value(ground.key, app.id, entry.uri): entry.uri for entry in app.redirect_uris}
        finding = await ground.prover.prove(target, derive.value(ground.key, app.id, uri))
        hint = None if finding.method else await ground.prover.hint(finding, target.host, uri, values)
        unit.label(method=finding.method or "none")
        unit.note(application_id=app.id, user_id=user_id, host=target.host, reason=finding.reason)
        check = await _keep(ground, app, uri, finding)
        propagation = await ground.registry.stamp(app.id, uri, check.verification)
        unit.note(propagation=propagation)
    return Checked(finding=finding, hint=hint, check=check, propagation=propagation)


async def _admitted(ground: Ground, app: Application, uri: str) -> url.Target:
    """Takes the slot even of an attempt that the gate refuses: its answers are no faster to be had than any other."""
    wanted = [limits.of_uri(app.id, uri), limits.of_application(app.id)]
    try:
        target = gate.target(uri, ground.policy)
    except Problem:
        await limits.take(ground.db, wanted, ground.clock.now())
        raise
    await limits.take(ground.db, [*wanted, limits.of_host(target.host)], ground.clock.now())
    return target


async def _keep(ground: Ground, app: Application, uri: str, finding: Finding) -> Check:
    """What stands now, kept and announced in one transaction."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        known = await store.lock(tx, app.id, uri)
        verification = standing.after(known.verification if known else None, finding, now)
        check = Check(uri=uri, verification=verification, perspectives=(_perspective(ground, finding),))
        await store.save(tx, app, check)
        await announce(tx, _event(ground, app, uri, verification, proved=finding.method is not None))
    return check


def _perspective(ground: Ground, finding: Finding) -> Perspective:
    return Perspective(
        name=ground.perspective,
        outcome=finding.reason or "verified",
        dns_reason=finding.dns_reason,
        wellknown_reason=finding.wellknown_reason,
    )


def _event(
    ground: Ground, app: Application, uri: str, verification: Verification, *, proved: bool
) -> RedirectUriVerified | RedirectUriFailed:
    now = ground.clock.now()
    kind = RedirectUriVerified if proved else RedirectUriFailed
    return kind(
        event_id=ids.new_event_id(now),
        occurred_at=now,
        application_id=app.id,
        client_id=app.client_id,
        uri=uri,
        verification=verification,
    )
