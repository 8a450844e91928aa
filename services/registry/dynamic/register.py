"""Registering, reading, replacing and removing a self-registered client."""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.applications import Application
from contracts.events.registry import ApplicationDeleted, ApplicationRegistered, ApplicationUpdated
from services.registry import audit
from services.registry.applications import store as applications
from services.registry.applications.change import Act, Who, change, subject
from services.registry.applications.patch import MAX_URL
from services.registry.applications.refusals import InvalidLogo
from services.registry.applications.store import Stored
from services.registry.callers import Caller
from services.registry.dynamic import store
from services.registry.dynamic.metadata import ClientMetadata, Judged, judge
from services.registry.dynamic.refusals import InvalidClientMetadata, InvalidToken
from services.registry.dynamic.store import Details
from services.registry.ground import Ground
from services.registry.logos import fetch
from services.registry.risk import flags

logger = structlog.get_logger()

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Nobody's account is young here: there is no account."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome; the token stands here and nowhere else."""

    application: Application
    details: Details
    token: str | None = None


async def client(ground: Ground, caller: Caller, given: ClientMetadata, initial: str | None) -> Client:
    """`initial` is the bearer token of the request. Raises InvalidToken and what `judge` raises."""
    if ground.settings.dcr_require_initial_access_token:
        now = ground.clock.now()
        if initial is None or not await store.allowed(ground.db, digest(initial), now):
            raise InvalidToken("Registering here needs an initial access token.")
    judged, token = _judged(ground, given), f"logi_rat_{secrets.token_urlsafe(32)}"
    logo = await _logo(ground, given.logo_uri)
    now = ground.clock.now()
    new = _record(judged, logo, now)
    async with ground.db.transaction() as tx:
        stored = await applications.insert(tx, new)
        app = stored.application
        await store.insert(tx, app.id, digest(token), judged.details)
        await announce(tx, ApplicationRegistered(event_id=ids.new_event_id(now), occurred_at=now, application=app))
        facts = {
            "name": app.name,
            "client_id": app.client_id,
            "redirect_uris": [entry.uri for entry in app.redirect_uris],
        }
        await audit.record(tx, caller, "application.created", subject(stored), facts, at=now)
    await ground.effects.spread(app)
    return Client(application=app, details=judged.details, token=token)


async def show(ground: Ground, client_id: str, token: str | None) -> Client:
    """Raises InvalidToken, whether there is no such client or it has another token (RFC 7592 section 3)."""
    number, details = await _own(ground, client_id, token)
    stored = await applications.by_id(ground.db, number)
    if stored is None:
        raise InvalidToken
    return Client(application=stored.application, details=details)


async def replace(ground: Ground, caller: Caller, client_id: str, token: str | None, given: ClientMetadata) -> Client:
    """All of it anew; what is left out goes back to its default (RFC 7592 section 2.2)."""
    number, _ = await _own(ground, client_id, token)
    if given.client_id is not None and given.client_id != client_id:
        raise InvalidClientMetadata("client_id is another client's.")
    judged = _judged(ground, given)
    logo = await _logo(ground, given.logo_uri)

    def replaced(stored: Stored) -> Stored:
        app = msgspec.structs.replace(
            stored.application,
            name=judged.name,
            redirect_uris=judged.uris,
            grant_types=judged.grant_types,
            allowed_scopes=judged.scopes,
            logo_url=logo,
        )
        return msgspec.structs.replace(stored, application=app)

    async def kept(tx: Tx, _: Stored, __: Stored) -> None:
        await store.save(tx, number, judged.details)

    act = Act(kind=ApplicationUpdated, action="application.updated", as_admin=True)
    done = await change(ground, Who(caller=caller, application_id=number), act, replaced, kept)
    return Client(application=done.stored.application, details=judged.details)


async def remove(ground: Ground, caller: Caller, client_id: str, token: str | None) -> None:
    """Its client_id is refused and its tokens are revoked when this returns; this token opens nothing any more."""
    number, _ = await _own(ground, client_id, token)
    now = ground.clock.now()

    def deleted(stored: Stored) -> Stored:
        return msgspec.structs.replace(stored, application=msgspec.structs.replace(stored.application, deleted_at=now))

    act = Act(kind=ApplicationDeleted, action="application.deleted", as_admin=True)
    await change(ground, Who(caller=caller, application_id=number), act, deleted)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()


def _judged(ground: Ground, given: ClientMetadata) -> Judged:
    return judge(given, ground.outbound, ground.settings.dcr_redirect_hosts)


async def _logo(ground: Ground, url: str | None) -> str | None:
    """Our copy of it; a picture that is not to be had is left out, as RFC 7591 section 3.2.1 lets a server do."""
    if url is None or len(url) > MAX_URL:
        return None
    try:
        return await fetch.logo(ground, url)
    except InvalidLogo as refusal:
        logger.info("dynamic.logo_left_out", reason=refusal.detail)
        return None


async def _own(ground: Ground, client_id: str, token: str | None) -> tuple[int, Details]:
    found = None if token is None else await store.find(ground.db, client_id, digest(token))
    if found is None:
        raise InvalidToken
    return found


def _record(judged: Judged, logo: str | None, now: datetime) -> Stored:
    urls = tuple(entry.uri for entry in judged.uris)
    risk = flags.evaluate(
        name=judged.name,
        redirect_uris=urls,
        scopes=judged.scopes,
        registered_in_window=0,
        account_created_at=LONG_AGO,
        now=now,
    )
    app = Application(
        id=0,
        client_id=ids.new_client_id(),
        version=1,
        name=judged.name,
        client_type="public",
        token_endpoint_auth_method="none",
        redirect_uris=judged.uris,
        grant_types=judged.grant_types,
        allowed_scopes=judged.scopes,
        logo_url=logo,
        status="sandbox",
        created_via="api",
        created_at=now,
        updated_at=now,
        health_check_enabled=False,
    )
    return Stored(application=app, organization_id=None, registered_by=None, risk=risk)
