"""One attempt to verify the host of a redirect URI: limited, gated, probed, kept, announced, stamped."""

import msgspec

from chassis import work
from chassis.outbound import url
from chassis.problems import Problem
from contracts.applications import Application
from services.verifier.caller import Caller
from services.verifier.ground import Ground
from services.verifier.limits import take as limits
from services.verifier.perspectives.quorum import Verdict
from services.verifier.proof import gate
from services.verifier.redirect_uris import keep, standing, store
from services.verifier.redirect_uris.keep import Attempt
from services.verifier.redirect_uris.refusals import UriNotRegistered
from services.verifier.redirect_uris.store import Check, Owner
from services.verifier.registry import Propagation


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was made: what it found, and what stands after it."""

    verdict: Verdict
    hint: str | None
    check: Check
    propagation: Propagation


async def redirect_uri(ground: Ground, caller: Caller, application_id: int, uri: str) -> Checked:
    """Raises registry's `not_found`, UriNotRegistered, AttemptTooSoon, NotVerifiable and BlockedHost."""
    app = await ground.registry.application(caller, application_id, "manage")
    if uri not in [entry.uri for entry in app.redirect_uris]:
        raise UriNotRegistered
    target = await _admitted(ground, app, uri)
    with work.unit("redirect_uri.checked") as unit:
        now = ground.clock.now()
        verdict = await ground.panel.look(target.host, ground.keys.proving(app.id, uri, now))
        hint = None if verdict.method else await _hint(ground, app, target, uri, verdict)
        unit.label(method=verdict.method or "none")
        unit.note(application_id=app.id, user_id=caller.user_id, host=target.host, reason=verdict.reason)
        owner = Owner(id=app.id, client_id=app.client_id, version=app.version)
        attempt = Attempt(owner=owner, uri=uri, host=target.host, by=caller.actor, verdict=verdict)
        check = await _keep(ground, attempt)
        propagation = await ground.registry.stamp(app.id, uri, check.verification)
        unit.note(propagation=propagation)
    return Checked(verdict=verdict, hint=hint, check=check, propagation=propagation)


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


async def _hint(ground: Ground, app: Application, target: url.Target, uri: str, verdict: Verdict) -> str | None:
    values = {ground.keys.challenge(app.id, entry.uri): entry.uri for entry in app.redirect_uris}
    return await ground.prover.hint(verdict.finding, target.host, uri, values)


async def _keep(ground: Ground, attempt: Attempt) -> Check:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        known = await store.lock(tx, attempt.owner.id, attempt.uri)
        stands = standing.after_attempt(known, attempt.verdict, attempt.uri, now)
        return await keep.outcome(tx, attempt, known, stands, now)
