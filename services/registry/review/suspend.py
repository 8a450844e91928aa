"""Suspending an app and lifting that, and what only the operator sets."""

from collections.abc import Callable

import msgspec

from chassis.postgres import Tx
from chassis.problems import ValidationFailed
from contracts.applications import Application, ScopeDriftPolicy
from contracts.events.registry import ApplicationSuspended, ApplicationUnsuspended, ApplicationUpdated
from services.registry.actions import nonce
from services.registry.actions.store import Action
from services.registry.alerts import alert
from services.registry.alerts.alert import Alert
from services.registry.applications import lifecycle, uris
from services.registry.applications.change import Act, Also, Changed, Who, change, on_record, within
from services.registry.applications.lifecycle import Happening
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.review.decide import MIN_WORDS


async def suspend(ground: Ground, who: Who, reason: str, given: str) -> Changed:
    """Nobody is served when this returns. Raises StepUpRequired, NonceUsed, NotInThisState, ValidationFailed."""
    nonce.require_admin(who.caller)
    if not MIN_WORDS <= len(reason.strip()) <= 2000:
        raise ValidationFailed(fields={"reason": [f"{MIN_WORDS} to 2000 characters"]})
    act = Act(
        kind=ApplicationSuspended, action="application.suspended", as_admin=True, details={"reason": reason.strip()}
    )

    def suspended(stored: Stored) -> Stored:
        app = stored.application
        status = lifecycle.after(app, Happening.SUSPENDED)
        return msgspec.structs.replace(
            stored, suspended_from=app.status, application=msgspec.structs.replace(app, status=status)
        )

    async with ground.db.transaction() as tx:
        stored = await within(ground, tx, who, act, suspended, _claiming(ground, who, "suspend", given))
        await alert.owners(ground, tx, stored.application.id, Alert("app_suspended", "", reason.strip()))
    return Changed(stored=stored, spread=await ground.effects.spread(stored.application))


async def lift(ground: Ground, who: Who, given: str) -> Changed:
    """Back to the status before; an app that got a production host meanwhile waits for review."""
    nonce.require_admin(who.caller)
    act = Act(kind=ApplicationUnsuspended, action="application.unsuspended", as_admin=True)

    def lifted(stored: Stored) -> Stored:
        app = stored.application
        status = lifecycle.after(app, Happening.LIFTED, previous=stored.suspended_from)
        back = msgspec.structs.replace(app, status=status)
        back = uris.replaced(back, back.redirect_uris)
        return msgspec.structs.replace(stored, suspended_from=None, application=back)

    return await change(ground, who, act, lifted, _claiming(ground, who, "unsuspend", given))


async def scope_drift_policy(ground: Ground, who: Who, policy: ScopeDriftPolicy) -> Changed:
    nonce.require_admin(who.caller)
    return await _set(ground, who, lambda app: msgspec.structs.replace(app, scope_drift_policy=policy))


async def allow_token_exchange(ground: Ground, who: Who, allowed: bool) -> Changed:
    """Confidential clients only. Raises ValidationFailed."""
    nonce.require_admin(who.caller)

    def altered(app: Application) -> Application:
        if allowed and app.client_type != "confidential":
            raise ValidationFailed(fields={"allow_token_exchange": ["confidential clients only"]})
        return msgspec.structs.replace(app, allow_token_exchange=allowed)

    return await _set(ground, who, altered)


async def _set(ground: Ground, who: Who, alter: Callable[[Application], Application]) -> Changed:
    act = Act(kind=ApplicationUpdated, action="application.updated", as_admin=True)
    return await change(ground, who, act, on_record(alter))


def _claiming(ground: Ground, who: Who, action: str, given: str) -> Also:
    async def claimed(tx: Tx, _: Stored, __: Stored) -> None:
        wanted = Action(admin_id=who.caller.user_id, action=action, target=str(who.application_id))
        await nonce.claim(tx, given, wanted, ground.clock.now())

    return claimed
