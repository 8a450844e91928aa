"""Approving, rejecting, asking for changes: one pattern, in one transaction with the app's move and its entry."""

from collections.abc import Callable
from typing import Any

import msgspec

from chassis.postgres import Tx
from chassis.problems import NotFound, ValidationFailed
from contracts.applications import Application
from contracts.events.notices import Occasion
from contracts.events.registry import ApplicationReviewed
from services.registry import audit
from services.registry.actions import nonce
from services.registry.actions.store import Action
from services.registry.alerts import alert
from services.registry.alerts.alert import Alert
from services.registry.applications import lifecycle, store, uris
from services.registry.applications.change import Act, Who, subject, within
from services.registry.applications.lifecycle import Happening, NotInThisState
from services.registry.applications.store import Stored
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.promotion import store as promotions
from services.registry.promotion import submit
from services.registry.promotion.refusals import RiskAcknowledgementRequired
from services.registry.promotion.store import PromotionRequest

MIN_WORDS = 10
"""Characters of a reason or a feedback."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    risk_acknowledged: bool
    acknowledged_flags: tuple[str, ...]
    note: str | None
    nonce: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision does: to the request, to the app, to its owners' mailboxes."""

    action: str
    request: PromotionRequest
    alter: Callable[[Application], Application]
    occasion: Occasion
    words: str


async def approve(ground: Ground, caller: Caller, request_id: int, given: Approval) -> PromotionRequest:
    """Raises RiskAcknowledgementRequired, WildcardMustBeRemoved, StepUpRequired, NonceUsed besides."""
    nonce.require_admin(caller)
    async with ground.db.transaction() as tx:
        stored, request = await _open(tx, request_id)
        if request.kind == "promotion":
            submit.ready(stored.application)
        flags = [flag.code for flag in stored.risk.flags]
        if flags and not (given.risk_acknowledged and set(flags) <= set(given.acknowledged_flags)):
            raise RiskAcknowledgementRequired(flags=flags)
        wanted = Action(admin_id=caller.user_id, action="approve", target=str(request_id))
        await nonce.claim(tx, given.nonce, wanted, ground.clock.now())
        decision = Decision(
            action="promotion.approved_with_risk" if flags else "promotion.approved",
            request=msgspec.structs.replace(
                request, state="approved", note=given.note, acknowledged_flags=tuple(flags)
            ),
            alter=uris.approved,
            occasion="app_approved",
            words=given.note or "",
        )
        decided, changed = await _decided(ground, tx, caller, stored, decision)
    await ground.effects.spread(changed.application)
    return decided


async def reject(ground: Ground, caller: Caller, request_id: int, reason: str) -> PromotionRequest:
    """The app may apply again; after a second look it stays approved, and what is new to it stays unusable."""
    return await _refused(ground, caller, request_id, reason, anew=False)


async def request_changes(ground: Ground, caller: Caller, request_id: int, feedback: str) -> PromotionRequest:
    """Puts it on hold until it is handed in again."""
    return await _refused(ground, caller, request_id, feedback, anew=True)


async def _refused(ground: Ground, caller: Caller, request_id: int, words: str, *, anew: bool) -> PromotionRequest:
    nonce.require_admin(caller)
    field = "feedback" if anew else "reason"
    if not MIN_WORDS <= len(words.strip()) <= 2000:
        raise ValidationFailed(fields={field: [f"{MIN_WORDS} to 2000 characters"]})
    async with ground.db.transaction() as tx:
        stored, request = await _open(tx, request_id)
        if anew and request.kind == "re_review":
            raise NotInThisState("A second look is approved or rejected.")
        happening = Happening.HELD if anew else Happening.REJECTED

        def moved(app: Application) -> Application:
            if request.kind == "re_review":
                return app
            return msgspec.structs.replace(app, status=lifecycle.after(app, happening))

        state: promotions.State = "changes_requested" if anew else "rejected"
        decision = Decision(
            action="promotion.changes_requested" if anew else "promotion.rejected",
            request=msgspec.structs.replace(request, state=state, **{field: words.strip()}),
            alter=moved,
            occasion="app_held" if anew else "app_rejected",
            words=words.strip(),
        )
        decided, changed = await _decided(ground, tx, caller, stored, decision)
    await ground.effects.spread(changed.application)
    return decided


async def _open(tx: Tx, request_id: int) -> tuple[Stored, PromotionRequest]:
    """The app under its lock, and the request that waits. Raises NotFound, NotInThisState."""
    known = await promotions.by_id(tx, request_id)
    stored = None if known is None else await store.lock(tx, known.application_id)
    current = await promotions.by_id(tx, request_id)
    if stored is None or current is None:
        raise NotFound
    if current.state != "submitted":
        raise NotInThisState(f"This request is {current.state}.", status_now=current.state)
    return stored, current


async def _decided(
    ground: Ground, tx: Tx, caller: Caller, stored: Stored, made: Decision
) -> tuple[PromotionRequest, Stored]:
    now = ground.clock.now()
    decided = msgspec.structs.replace(made.request, reviewed_by=caller.user_id, reviewed_at=now)
    await promotions.decide(tx, decided)
    who = Who(caller=caller, application_id=stored.application.id)
    details: dict[str, Any] = {"request": decided.id, "kind": decided.kind, "words": made.words}
    act = Act(kind=ApplicationReviewed, action=made.action, as_admin=True, details=details)

    def altered(current: Stored) -> Stored:
        return msgspec.structs.replace(current, application=made.alter(current.application))

    changed = await within(ground, tx, who, act, altered)
    if changed is stored or changed.application.version == stored.application.version:
        await audit.record(tx, caller, made.action, subject(stored), details, at=now)
    if decided.kind == "promotion":
        await alert.owners(ground, tx, stored.application.id, Alert(made.occasion, "", made.words))
    return decided, changed
