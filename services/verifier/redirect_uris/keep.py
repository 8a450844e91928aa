"""What an attempt found is kept, audited and announced in one transaction."""

from datetime import datetime

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.events.verifier import RedirectUriFailed, RedirectUriLapsed, RedirectUriVerified, VerificationEvent
from services.verifier.audit import store as audit
from services.verifier.audit.store import Actor, Line
from services.verifier.perspectives.quorum import Sight, Verdict
from services.verifier.redirect_uris import store
from services.verifier.redirect_uris.store import Check, Owner, Perspective, Standing


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one redirect URI: whose it is, who asked, and what was found."""

    owner: Owner
    uri: str
    host: str
    by: Actor
    verdict: Verdict


async def outcome(tx: Tx, attempt: Attempt, known: Check | None, standing: Standing, now: datetime) -> Check:
    """The caller holds the lock under which it decided `standing` from what was `known`."""
    verdict, uri = attempt.verdict, attempt.uri
    check = Check(uri=uri, host=attempt.host, standing=standing, perspectives=tuple(map(_seen, verdict.sights)))
    await store.save(tx, attempt.owner, check)
    line = Line(
        actor=attempt.by,
        action="redirect_uri.checked",
        application_id=attempt.owner.id,
        subject=uri,
        outcome=verdict.reason or "verified",
    )
    await audit.write(tx, line, now)
    kind = _kind(known, check)
    event = kind(
        event_id=ids.new_event_id(now),
        occurred_at=now,
        application_id=attempt.owner.id,
        client_id=attempt.owner.client_id,
        uri=uri,
        verification=standing.verification,
    )
    await announce(tx, event)
    return check


def _kind(known: Check | None, check: Check) -> type[VerificationEvent]:
    """A proof lapses once: when it becomes stale."""
    stands = check.verification
    if stands.status == "verified" and stands.reason is None:
        return RedirectUriVerified
    if stands.status == "stale" and (known is None or known.verification.status != "stale"):
        return RedirectUriLapsed
    return RedirectUriFailed


def _seen(sight: Sight) -> Perspective:
    finding = sight.finding
    return Perspective(
        name=sight.name,
        outcome=sight.outcome,
        dns_reason=finding.dns_reason if finding else None,
        wellknown_reason=finding.wellknown_reason if finding else None,
    )
