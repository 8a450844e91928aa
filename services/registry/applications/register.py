"""Registering an application: gate, limits, risk and insert in one transaction under the developer's lock."""

import hashlib
from datetime import datetime, timedelta

import asyncpg
import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Faults, Problem
from contracts import ids
from contracts.applications import Application, ClientType
from contracts.events.registry import ApplicationRegistered
from services.registry import audit
from services.registry.applications import lifecycle, patch, scopes, store, uris, webhook
from services.registry.applications.change import subject
from services.registry.applications.effects import Spread
from services.registry.applications.patch import ApplicationPatch
from services.registry.applications.refusals import (
    ForbiddenRole,
    IdentityVerificationRequired,
    NameTaken,
    RegistrationLimited,
)
from services.registry.applications.store import Attempts, Stored
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.idempotency import replay
from services.registry.idempotency.replay import Claim
from services.registry.logos import fetch
from services.registry.organizations import choose
from services.registry.organizations import store as organizations
from services.registry.organizations.store import Membership
from services.registry.risk import flags
from services.registry.settings import Settings

GOES_OUT = ("webhook_url", "backchannel_logout_uri", "logo_url")
"""Fields for which hosts are asked something before they are kept."""


class NewApplication(msgspec.Struct, frozen=True, kw_only=True):
    """What its developer says of an application; `rest` are fields that can be edited later as well."""

    name: str
    redirect_uris: tuple[str, ...]
    client_type: ClientType = "confidential"
    allowed_scopes: tuple[str, ...] | None = None
    organization: str | None = None
    rest: ApplicationPatch = ApplicationPatch()


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; the secret stands here and nowhere else. `existing`: a repeat, which changed nothing."""

    stored: Stored
    secret: str | None
    existing: bool
    spread: Spread | None


async def application(ground: Ground, caller: Caller, new: NewApplication, claim: Claim | None = None) -> Registered:
    """Raises the refusals of registry.md section 13; nothing is kept then, but that there was an attempt."""
    try:
        gate(ground, caller)
        if any(isinstance(getattr(new.rest, name), str) for name in GOES_OUT):
            # Nobody is asked on behalf of whoever may register nothing.
            async with ground.db.transaction() as tx:
                await _room(ground, tx, caller, new, ground.clock.now())
        new = await _checked(ground, new)
        done = await _registered(ground, caller, new, claim)
    except Problem as refusal:
        if refusal.status != 429 and caller.user_id:
            await store.refused(ground.db, caller.user_id, ground.clock.now())
        raise
    if done.existing:
        return done
    return msgspec.structs.replace(done, spread=await ground.effects.spread(done.stored.application))


async def _registered(ground: Ground, caller: Caller, new: NewApplication, claim: Claim | None) -> Registered:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        account_created_at = await organizations.lock_developer(tx, caller.user_id)
        if claim is not None:
            await replay.take(ground, tx, claim)
        organization, lately = await _room(ground, tx, caller, new, now)
        existing = None if lately.namesake is None else await store.whatever(tx, lately.namesake)
        if existing is not None:
            if existing.application.client_type != new.client_type:
                raise NameTaken
            return Registered(stored=existing, secret=None, existing=True, spread=None)
        risk = flags.evaluate(
            name=new.name,
            redirect_uris=new.redirect_uris,
            scopes=new.allowed_scopes or (),
            registered_in_window=len(lately.registered),
            account_created_at=account_created_at,
            now=now,
        )
        secret = ids.new_client_secret() if new.client_type == "confidential" else None
        record = _record(ground, new, risk, secret, organization, caller)
        return Registered(stored=await _kept(tx, caller, record), secret=secret, existing=False, spread=None)


async def _room(
    ground: Ground, tx: Tx, caller: Caller, new: NewApplication, now: datetime
) -> tuple[Membership, Attempts]:
    """Where it will belong, and what was tried before. Raises NotFound, RegistrationLimited unless it is a repeat."""
    organization = await choose.organization(tx, caller, new.organization, now)
    lately = await store.attempts(
        tx, organization.organization_id, new.name, caller.user_id, now - flags.WINDOW, now - timedelta(days=1)
    )
    if lately.namesake is None:
        _limit(ground.settings, [*lately.registered, *lately.refused], now)
    return organization, lately


async def _kept(tx: Tx, caller: Caller, new: Stored) -> Stored:
    try:
        stored = await store.insert(tx, new)
    except asyncpg.UniqueViolationError as error:
        # Another member of the organisation registered the name a moment ago.
        raise NameTaken("Another app of this organisation has this name.") from error
    app, at = stored.application, stored.application.created_at
    await announce(tx, ApplicationRegistered(event_id=ids.new_event_id(at), occurred_at=at, application=app))
    facts = {name: getattr(app, name) for name in ("name", "client_id", "client_type", "status", "allowed_scopes")} | {
        "redirect_uris": [entry.uri for entry in app.redirect_uris]
    }
    await audit.record(tx, caller, "application.created", subject(stored), facts, at=at)
    return stored


def gate(ground: Ground, caller: Caller) -> None:
    """Who may register at all (registry.md 4.1). Raises ForbiddenRole, IdentityVerificationRequired."""
    if not caller.user_id or caller.role not in {"developer", "admin"}:
        raise ForbiddenRole("Only developers register apps.")
    if caller.identity_verified_level < 1:
        raise IdentityVerificationRequired(verify_url=f"{ground.issuer}/account")


async def _checked(ground: Ground, new: NewApplication) -> NewApplication:
    faults, name, allowed, rest = Faults(), new.name, new.allowed_scopes, new.rest
    with faults.heard():
        uris.check(new.redirect_uris, new.client_type)
    with faults.heard():
        allowed = scopes.normalise(None if allowed is None else list(allowed))
    for field in ("webhook_url", "backchannel_logout_uri"):
        url = getattr(rest, field)
        with faults.heard():
            await webhook.check(url if isinstance(url, str) else None, ground.outbound, field)
    if isinstance(rest.logo_url, str):
        with faults.heard():
            rest = msgspec.structs.replace(rest, logo_url=await fetch.logo(ground, rest.logo_url))
    with faults.heard():
        name = patch.checked_name(name)
    faults.tell()
    return msgspec.structs.replace(new, name=name, allowed_scopes=allowed, rest=rest)


def _limit(settings: Settings, attempts: list[datetime], now: datetime) -> None:
    """The oldest attempt that must leave its window tells how long to wait; refused attempts count."""
    waits = [timedelta()]
    quotas = (settings.registrations_per_hour, timedelta(hours=1)), (settings.registrations_per_day, timedelta(days=1))
    for most, window in quotas:
        within = sorted(at for at in attempts if at > now - window)
        if len(within) >= most:
            waits.append(within[-most] + window - now)
    if max(waits) > timedelta():
        seconds = int(max(waits).total_seconds()) + 1
        raise RegistrationLimited(headers={"retry-after": str(seconds)})


def _record(
    ground: Ground, new: NewApplication, risk: flags.Evaluation, secret: str | None, of: Membership, caller: Caller
) -> Stored:
    now = risk.evaluated_at
    entries = tuple(uris.new(uri, None, ground.outbound) for uri in new.redirect_uris)
    reviewed = risk.hard or uris.strictest(entries) == "production"
    app = Application(
        id=0,
        client_id=ids.new_client_id(),
        version=1,
        name=new.name,
        client_type=new.client_type,
        token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        redirect_uris=entries,
        allowed_scopes=new.allowed_scopes or (),
        grant_types=patch.GRANTS,
        status=lifecycle.first(reviewed=reviewed),
        organization=of.slug,
        created_via=caller.channel,
        created_at=now,
        updated_at=now,
        # There is somebody to ask (verifier.md B6), or the developer says later that there is.
        health_check_enabled=any(entry.verification.status == "unverified" for entry in entries),
        hard_flagged=risk.hard,
        secret_sha256=digest(secret),
    )
    return Stored(
        application=patch.applied(app, new.rest, ground.outbound),
        organization_id=of.organization_id,
        registered_by=caller.user_id,
        risk=risk,
    )


def digest(secret: str | None) -> str | None:
    return None if secret is None else hashlib.sha256(secret.encode()).hexdigest()
