"""The button that makes pushes begin again (delivery.md 5.5)."""

from services.delivery.audit import store as audit
from services.delivery.audit.store import Line
from services.delivery.caller import Actor
from services.delivery.endpoints import store
from services.delivery.ground import Ground


async def endpoint(ground: Ground, actor: Actor, client_id: str) -> bool:
    """False where it was not disabled."""
    async with ground.db.transaction() as tx:
        enabled = await store.enable(tx, client_id)
        if enabled:
            line = Line(actor=actor, action="endpoint.enabled", client_id=client_id, subject=client_id)
            await audit.write(tx, line, ground.clock.now())
    return enabled
