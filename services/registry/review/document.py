"""Handing a certificate to a reviewer; each look at one is an entry of the log."""

from chassis.problems import NotFound
from services.registry import audit
from services.registry.actions.nonce import require_admin
from services.registry.applications import store
from services.registry.applications.change import subject
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.promotion import store as promotions
from services.registry.promotion.submit import about


async def opened(ground: Ground, caller: Caller, request_id: int) -> bytes:
    """The PDF of the latest revision. Raises NotFound, ForbiddenRole."""
    require_admin(caller)
    async with ground.db.transaction() as tx:
        request = await promotions.by_id(tx, request_id)
        found = None if request is None else await promotions.document(tx, request.id, request.revision)
        if request is None or found is None:
            raise NotFound
        stored = await store.lock(tx, request.application_id)
        if stored is None:
            raise NotFound
        sha256, sealed = found
        changes = {"request": request.id, "revision": request.revision, "document_sha256": sha256}
        await audit.record(tx, caller, "promotion.document_viewed", subject(stored), changes, at=ground.clock.now())
    return ground.vault.open(sealed, about(request))
