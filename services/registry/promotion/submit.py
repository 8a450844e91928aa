"""Handing in an application for promotion, again after changes were asked for, and taking it back."""

import hashlib

import asyncpg
import msgspec
from email_validator import EmailNotValidError, validate_email

from chassis.postgres import Tx
from chassis.problems import NotFound, ValidationFailed
from contracts.applications import Application
from contracts.events.registry import ApplicationReviewed
from services.registry import audit
from services.registry.applications import lifecycle, uris
from services.registry.applications.change import KEEPERS, Act, Who, found, subject, within
from services.registry.applications.lifecycle import Happening, NotInThisState
from services.registry.applications.refusals import IdentityVerificationRequired
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.notices import tell
from services.registry.promotion import document, store
from services.registry.promotion.refusals import (
    NothingToPromote,
    PromotionRequestOpen,
    RiskAcknowledgementRequired,
    WildcardMustBeRemoved,
)
from services.registry.promotion.store import Paper, PromotionRequest
from services.registry.risk import store as risk
from services.registry.risk.score import score


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What an applicant fills in; the names are those of the multipart form (registry.md 7)."""

    business_registration: bytes
    service_description: str
    technical_contact_email: str
    agree_tos: bool
    agree_dpa: bool
    risk_acknowledged: bool = False
    acknowledged_flags: tuple[str, ...] = ()


async def request(ground: Ground, who: Who, form: Form) -> PromotionRequest:
    """A new application. Raises the refusals of registry.md 7, PromotionRequestOpen among them."""
    await _checked(ground, who, form)
    act = Act(kind=ApplicationReviewed, action="promotion.submitted", roles=KEEPERS)
    async with ground.db.transaction() as tx:
        stored = await found(tx, who, act)
        paper = _paper(ground, stored, form)
        if await store.open_one(tx, who.application_id) is not None:
            raise PromotionRequestOpen
        try:
            made = await store.insert(tx, who.application_id, who.caller.user_id, paper, ground.clock.now())
        except asyncpg.UniqueViolationError as error:
            raise PromotionRequestOpen from error
        changed = await _moved(ground, tx, who, act, stored)
        await _kept(ground, tx, changed, made, form)
        await _recorded(ground, tx, who, act.action, changed, made)
    await ground.effects.spread(changed.application)
    return made


async def again(ground: Ground, who: Who, form: Form) -> PromotionRequest:
    """The open one once more, after changes were asked for. Raises NotFound, NotInThisState besides."""
    await _checked(ground, who, form)
    act = Act(kind=ApplicationReviewed, action="promotion.resubmitted", roles=KEEPERS)
    async with ground.db.transaction() as tx:
        stored = await found(tx, who, act)
        current = await store.open_one(tx, who.application_id)
        if current is None:
            raise NotFound
        if current.state != "changes_requested":
            raise NotInThisState("This application for promotion waits for its review.")
        made = await store.resubmit(
            tx, current.id, who.caller.user_id, _paper(ground, stored, form), ground.clock.now()
        )
        changed = await _moved(ground, tx, who, act, stored)
        await _kept(ground, tx, changed, made, form)
        await _recorded(ground, tx, who, act.action, changed, made)
    await ground.effects.spread(changed.application)
    return made


async def cancel(ground: Ground, who: Who) -> PromotionRequest:
    """Takes a submitted one back; the app stays where it is. Raises NotFound, NotInThisState."""
    act = Act(kind=ApplicationReviewed, action="promotion.cancelled", roles=KEEPERS)
    async with ground.db.transaction() as tx:
        stored = await found(tx, who, act)
        current = await store.open_one(tx, who.application_id)
        if current is None or current.kind != "promotion":
            raise NotFound
        if current.state != "submitted":
            raise NotInThisState("This application for promotion is not waiting for its review.")
        await store.cancel_open(tx, who.application_id)
        await _recorded(ground, tx, who, act.action, stored, current)
    return msgspec.structs.replace(current, state="cancelled")


async def _checked(ground: Ground, who: Who, form: Form) -> None:
    """What needs no look at the app; the file last, because it costs most."""
    if who.caller.identity_verified_level < 1:
        raise IdentityVerificationRequired(verify_url=f"{ground.issuer}/account")
    faults: dict[str, list[str]] = {}
    if not 20 <= len(form.service_description.strip()) <= 2000:
        faults["service_description"] = ["20 to 2000 characters"]
    for name in ("agree_tos", "agree_dpa"):
        if not getattr(form, name):
            faults[name] = ["has to be agreed to"]
    try:
        validate_email(form.technical_contact_email, check_deliverability=False)
    except EmailNotValidError:
        faults["technical_contact_email"] = ["not a mail address"]
    if faults:
        raise ValidationFailed(fields=faults)
    # Membership first: a stranger is told 404 before they learn what we think of their file.
    async with ground.db.transaction() as tx:
        await found(tx, who, Act(kind=ApplicationReviewed, action="", roles=KEEPERS))
    await document.check(form.business_registration)


def _paper(ground: Ground, stored: Stored, form: Form) -> Paper:
    """Raises what the app itself speaks against: wildcards, flags not acknowledged, nothing to promote."""
    app = stored.application
    ready(app)
    flags = tuple(flag.code for flag in stored.risk.flags)
    if flags and not (form.risk_acknowledged and set(flags) <= set(form.acknowledged_flags)):
        raise RiskAcknowledgementRequired(flags=list(flags))
    return Paper(
        service_description=form.service_description.strip(),
        technical_contact_email=form.technical_contact_email,
        document_sha256=hashlib.sha256(form.business_registration).hexdigest(),
        acknowledged_flags=tuple(flag for flag in form.acknowledged_flags if flag in flags),
        risk_flags_snapshot=flags,
        tos_version=ground.settings.tos_version,
        dpa_version=ground.settings.dpa_version,
    )


def ready(app: Application) -> None:
    """Raises WildcardMustBeRemoved, NothingToPromote."""
    if any("*" in entry.uri for entry in app.redirect_uris):
        raise WildcardMustBeRemoved
    if uris.strictest(app.redirect_uris) != "production" and not app.hard_flagged:
        raise NothingToPromote


async def _moved(ground: Ground, tx: Tx, who: Who, act: Act, stored: Stored) -> Stored:
    """The app's status as the lifecycle has it; a pending one stays pending."""
    app = stored.application
    happening = {
        "rejected": Happening.SUBMITTED_ANEW,
        "changes_requested": Happening.RESUBMITTED,
    }.get(app.status, Happening.SUBMITTED)
    status = lifecycle.after(app, happening)
    if status == app.status:
        return stored

    def moved(found_now: Stored) -> Stored:
        return msgspec.structs.replace(
            found_now, application=msgspec.structs.replace(found_now.application, status=status)
        )

    silent = msgspec.structs.replace(act, action="application.updated")
    return await within(ground, tx, who, silent, moved)


async def _kept(ground: Ground, tx: Tx, stored: Stored, made: PromotionRequest, form: Form) -> None:
    sealed = ground.vault.seal(form.business_registration, about(made))
    await store.keep_document(tx, made.id, made.revision, made.document_sha256 or "", sealed)
    known = await risk.circumstances(tx, stored, ground.clock.now())
    await store.rate(tx, stored.application.id, score(stored.application, stored.risk, known))
    await tell.operator(ground, tx, stored, made.id)


def about(made: PromotionRequest) -> str:
    """Where a sealed document belongs."""
    return f"promotion/{made.id}/{made.revision}"


async def _recorded(ground: Ground, tx: Tx, who: Who, action: str, stored: Stored, made: PromotionRequest) -> None:
    changes = {"request": made.id, "revision": made.revision, "document_sha256": made.document_sha256}
    await audit.record(tx, who.caller, action, subject(stored), changes, at=ground.clock.now())
