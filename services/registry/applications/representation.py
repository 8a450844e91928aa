"""The first face of an application: what `/api/v1/applications` takes and shows (registry.md 2.1)."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.applications import Application, ClientType, Verification
from services.registry.applications import lifecycle
from services.registry.applications.effects import Spread
from services.registry.applications.store import Stored

UNSET = msgspec.UNSET


class ApplicationBody(msgspec.Struct, kw_only=True):
    """The members of a create or an edit; the names are those of the record."""

    name: str | msgspec.UnsetType = UNSET
    client_type: ClientType | msgspec.UnsetType = UNSET
    redirect_uris: tuple[str, ...] | msgspec.UnsetType = UNSET
    allowed_scopes: tuple[str, ...] | msgspec.UnsetType = UNSET
    webhook_url: str | msgspec.UnsetType | None = UNSET
    app_link_url: str | msgspec.UnsetType | None = UNSET
    organization: str | msgspec.UnsetType = UNSET


class Wrapped(msgspec.Struct, kw_only=True):
    """The body nests under `application`; `oauth_application` is accepted too."""

    application: ApplicationBody | None = None
    oauth_application: ApplicationBody | None = None


class UriBody(msgspec.Struct, kw_only=True):
    uri: str


class SigningKey(msgspec.Struct, kw_only=True):
    kid: str
    secret: str


class ApplicationView(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An application as its developer sees it; members that a call has nothing to say about are absent."""

    id: int
    client_id: str
    name: str
    client_type: ClientType
    token_endpoint_auth_method: str
    redirect_uris: list[str]
    redirect_uri_metadata: dict[str, Verification]
    redirect_uri_class: str
    allowed_scopes: tuple[str, ...]
    status: str
    environment: str
    tier: str
    organization: str | None
    webhook_url: str | None
    app_link_url: str | None
    created_via: str
    created_at: datetime
    updated_at: datetime
    risk_flags: list[str]
    next_step: str
    existing: bool = False
    client_secret: str | msgspec.UnsetType | None = UNSET
    client_secret_shown_once: bool = False
    webhook_secret: str | msgspec.UnsetType = UNSET
    webhook_signing_key: SigningKey | msgspec.UnsetType = UNSET
    propagation: Literal["complete", "pending"] | msgspec.UnsetType = UNSET


class SecretView(msgspec.Struct, kw_only=True):
    """A rotated secret, shown this once."""

    client_id: str
    client_secret: str
    rotated_at: datetime
    propagation: Literal["complete", "pending"]


def show(stored: Stored) -> ApplicationView:
    app = stored.application
    return ApplicationView(
        id=app.id,
        client_id=app.client_id,
        name=app.name,
        client_type=app.client_type,
        token_endpoint_auth_method=app.token_endpoint_auth_method,
        redirect_uris=[entry.uri for entry in app.redirect_uris],
        redirect_uri_metadata={entry.uri: entry.verification for entry in app.redirect_uris},
        redirect_uri_class=lifecycle.uri_class(app.redirect_uris),
        allowed_scopes=app.allowed_scopes,
        status=app.status,
        environment=app.environment,
        tier=app.tier,
        organization=app.organization,
        webhook_url=app.webhook_url,
        app_link_url=app.app_link_url,
        created_via=app.created_via,
        created_at=app.created_at,
        updated_at=app.updated_at,
        risk_flags=[flag.code for flag in stored.risk.flags],
        next_step=_next_step(app),
    )


def show_changed(stored: Stored, spread: Spread) -> ApplicationView:
    return msgspec.structs.replace(show(stored), propagation=spread.propagation)


def show_registered(stored: Stored, spread: Spread, secret: str | None) -> ApplicationView:
    """With all secrets, shown this once; a public client's answer has no `client_secret` key at all."""
    view = show_changed(stored, spread)
    given = spread.secrets
    if given.webhook_secret:
        view.webhook_secret = given.webhook_secret
    if given.kid and given.signing_secret:
        view.webhook_signing_key = SigningKey(kid=given.kid, secret=given.signing_secret)
    if secret is not None:
        view.client_secret, view.client_secret_shown_once = secret, True
    return view


def _next_step(app: Application) -> str:
    if app.hard_flagged and app.status != "approved":
        return "This app waits for review: nothing is served before."
    if lifecycle.uri_class(app.redirect_uris) == "production" and app.status != "approved":
        return "Production hosts are served once the app is promoted; apply for promotion. Development hosts work now."
    return "Send a user to /oauth/authorize."
