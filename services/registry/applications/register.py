"""Registering an application: gate, limits, risk and insert in one transaction under the developer's lock."""

import hashlib
from datetime import datetime, timedelta

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import NotFound, ValidationFailed
from contracts import ids
from contracts.applications import Application, ClientType, CreatedVia
from contracts.events.registry import ApplicationRegistered
from contracts.principal import AccessToken, Pak, Session
from services.registry.applications import classify, lifecycle, scopes, store, webhook
from services.registry.applications.effects import Spread
from services.registry.applications.refusals import (
    ForbiddenRole,
    IdentityVerificationRequired,
    NameTaken,
    RegistrationLimited,
)
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.organizations import store as organizations
from services.registry.risk import flags

HOURLY, DAILY = 10, 30
"""Registrations per developer over all of their keys (registry.md 12); business, so counted in Postgres."""

MAX_NAME = 80


class NewApplication(msgspec.Struct, frozen=True, kw_only=True):
    """What its developer says of an application."""

    name: str
    redirect_uris: tuple[str, ...]
    client_type: ClientType = "confidential"
    allowed_scopes: tuple[str, ...] | None = None
    webhook_url: str | None = None
    app_link_url: str | None = None
    organization: str | None = None


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; the secret stands here and nowhere else. `existing`: a repeat, which changed nothing."""

    stored: Stored
    secret: str | None
    existing: bool
    spread: Spread | None


Developer = Session | Pak | AccessToken


async def application(ground: Ground, developer: Developer, new: NewApplication, via: CreatedVia) -> Registered:
    """Raises the refusals of registry.md section 13; nothing is kept then."""
    user_id = _gate(ground, developer)
    new = _checked(new)
    await webhook.check(new.webhook_url, ground.outbound)
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        account_created_at = await organizations.lock_developer(tx, user_id)
        organization = await _organization(tx, user_id, new.organization, now)
        existing = await store.by_name(tx, organization.organization_id, new.name)
        if existing is not None:
            if existing.application.client_type != new.client_type:
                raise NameTaken
            return Registered(stored=existing, secret=None, existing=True, spread=None)
        window = await store.registered_since(tx, user_id, now - flags.WINDOW)
        _limit(window, now)
        risk = flags.evaluate(
            name=new.name,
            redirect_uris=new.redirect_uris,
            scopes=new.allowed_scopes or (),
            registered_in_window=len(window),
            account_created_at=account_created_at,
            now=now,
        )
        secret = ids.new_client_secret() if new.client_type == "confidential" else None
        record = _record(ground, new, risk, secret, organization.slug, via)
        new_one = Stored(
            application=record, organization_id=organization.organization_id, registered_by=user_id, risk=risk
        )
        stored = await store.insert(tx, new_one)
        await announce(
            tx,
            ApplicationRegistered(event_id=ids.new_event_id(now), occurred_at=now, application=stored.application),
        )
    spread = await ground.effects.spread(stored.application)
    return Registered(stored=stored, secret=secret, existing=False, spread=spread)


def _gate(ground: Ground, developer: Developer) -> int:
    if developer.user_id is None or developer.role not in {"developer", "admin"}:
        raise ForbiddenRole("Only developers register apps.")
    if developer.identity_verified_level < 1:
        raise IdentityVerificationRequired(verify_url=f"{ground.issuer}/account")
    return developer.user_id


def _checked(new: NewApplication) -> NewApplication:
    check_uris(new.redirect_uris, new.client_type)
    allowed = scopes.normalise(None if new.allowed_scopes is None else list(new.allowed_scopes))
    return msgspec.structs.replace(new, name=checked_name(new.name), allowed_scopes=allowed)


def checked_name(name: str) -> str:
    """The name as it will be shown: spaces folded, 1 to 80 printable characters. Raises ValidationFailed."""
    folded = " ".join(name.split())
    if not 1 <= len(folded) <= MAX_NAME or not folded.isprintable():
        raise ValidationFailed(fields={"name": [f"1 to {MAX_NAME} printable characters"]})
    return folded


def check_uris(uris: tuple[str, ...], client_type: ClientType) -> None:
    """Raises ValidationFailed for the list, InvalidRedirectUri for one of them."""
    if not 1 <= len(uris) <= classify.MAX_URIS:
        raise ValidationFailed(fields={"redirect_uris": [f"1 to {classify.MAX_URIS} URIs"]})
    if len(set(uris)) != len(uris):
        raise ValidationFailed(fields={"redirect_uris": ["a URI stands here twice"]})
    for uri in uris:
        classify.check(uri, client_type)


async def _organization(tx: Tx, user_id: int, slug: str | None, now: datetime) -> organizations.Membership:
    personal = await organizations.ensure_personal(tx, user_id, now)
    if slug is None or slug == personal.slug:
        return personal
    found = await organizations.membership(tx, user_id, slug)
    if found is None:
        raise NotFound("You are in no organisation of this name.")
    return found


def _limit(registered: list[datetime], now: datetime) -> None:
    """The oldest registration that must leave its window tells how long to wait."""
    waits = [timedelta()]
    for most, window in ((HOURLY, timedelta(hours=1)), (DAILY, timedelta(days=1))):
        within = [at for at in registered if at > now - window]
        if len(within) >= most:
            waits.append(within[-most] + window - now)
    if max(waits) > timedelta():
        seconds = int(max(waits).total_seconds()) + 1
        raise RegistrationLimited(headers={"retry-after": str(seconds)})


def _record(
    ground: Ground, new: NewApplication, risk: flags.Evaluation, secret: str | None, organization: str, via: CreatedVia
) -> Application:
    now = risk.evaluated_at
    uris = tuple(lifecycle.new_uri(uri, None, ground.outbound) for uri in new.redirect_uris)
    return Application(
        id=0,
        client_id=ids.new_client_id(),
        version=1,
        name=new.name,
        client_type=new.client_type,
        token_endpoint_auth_method="none" if secret is None else "client_secret_basic",
        redirect_uris=uris,
        allowed_scopes=new.allowed_scopes or (),
        status=lifecycle.registered(uris, hard_flagged=risk.hard),
        organization=organization,
        created_via=via,
        created_at=now,
        updated_at=now,
        app_link_url=new.app_link_url,
        webhook_url=new.webhook_url,
        hard_flagged=risk.hard,
        secret_sha256=digest(secret),
    )


def digest(secret: str | None) -> str | None:
    return None if secret is None else hashlib.sha256(secret.encode()).hexdigest()
