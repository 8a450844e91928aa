"""What a developer is shown of each redirect URI: what to publish, where, and what stands."""

from datetime import datetime

import msgspec

from contracts.applications import Verification
from services.verifier.caller import Caller
from services.verifier.challenge import derive
from services.verifier.ground import Ground
from services.verifier.limits import store as limited
from services.verifier.limits import take as limits
from services.verifier.proof import gate
from services.verifier.proof.refusals import BlockedHost, NotVerifiable
from services.verifier.redirect_uris import store
from services.verifier.redirect_uris.store import Check


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One registered URI; without a `challenge` where no host could be asked."""

    uri: str
    verification: Verification
    check: Check | None = None
    dns_record: str | None = None
    well_known_url: str | None = None
    challenge: str | None = None
    next_allowed_at: datetime | None = None


async def all_of(ground: Ground, caller: Caller, application_id: int) -> list[Shown]:
    """In the order of registration. Raises registry's `not_found`."""
    app = await ground.registry.application(caller, application_id, "read")
    uris = [entry.uri for entry in app.redirect_uris]
    checks = await store.checks(ground.db, app.id)
    slots = {uri: limits.of_uri(app.id, uri).key for uri in uris}
    free = await limited.free_at(ground.db, list(slots.values()))
    return [_one(ground, app.id, uri, checks.get(uri), free.get(slots[uri])) for uri in uris]


def _one(ground: Ground, application_id: int, uri: str, check: Check | None, free: datetime | None) -> Shown:
    try:
        target = gate.target(uri, ground.policy)
    except NotVerifiable:
        return Shown(uri=uri, verification=Verification(status="not_applicable"))
    except BlockedHost:
        return Shown(uri=uri, verification=Verification(status="blocked"))
    return Shown(
        uri=uri,
        verification=check.verification if check else Verification(status="unverified"),
        check=check,
        dns_record=derive.dns_record(target.host),
        well_known_url=target.url,
        challenge=ground.keys.challenge(application_id, uri),
        next_allowed_at=free if free is not None and free > ground.clock.now() else None,
    )
