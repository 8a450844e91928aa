"""The first face of an application: what `/api/v1/applications` takes and shows (registry.md 2.1)."""

from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from contracts.applications import Application, ClientType, RedirectUri
from services.registry.applications import uris
from services.registry.applications.change import Changed
from services.registry.applications.effects import Spread
from services.registry.applications.patch import ApplicationPatch
from services.registry.applications.store import Stored
from services.registry.applications.trash import KEPT

UNSET = msgspec.UNSET


class ApplicationBody(ApplicationPatch, frozen=True, kw_only=True):
    """The members of a create or an edit; the names are those of the record."""

    client_type: ClientType | msgspec.UnsetType = UNSET
    organization: str | msgspec.UnsetType = UNSET


class Wrapped(msgspec.Struct, kw_only=True):
    """The body nests under `application`; `oauth_application` is accepted too."""

    application: ApplicationBody | None = None
    oauth_application: ApplicationBody | None = None


class UriBody(msgspec.Struct, kw_only=True):
    uri: str


class UriMetadata(msgspec.Struct, kw_only=True):
    """What is known of one redirect URI: its class, whether it waits for review, its host's proof, its last use."""

    uri_class: str
    state: str
    status: str
    method: str | None
    reason: str | None
    verified_at: datetime | None
    last_checked_at: datetime | None
    last_used_at: datetime | None


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
    jwks: dict[str, Any] | None
    jwks_uri: str | None
    redirect_uris: list[str]
    redirect_uri_metadata: dict[str, UriMetadata]
    redirect_uri_class: str
    allowed_scopes: tuple[str, ...]
    grant_types: tuple[str, ...]
    status: str
    environment: str
    tier: str
    organization: str | None
    webhook_url: str | None
    app_link_url: str | None
    created_via: str
    created_at: datetime
    updated_at: datetime
    logo_url: str | None
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    widget_origins: tuple[str, ...]
    allowed_login_methods: tuple[str, ...]
    webhook_event_types: tuple[str, ...]
    webhook_legacy_signature: bool
    webhook_asymmetric: bool
    webhook_ordered: bool
    require_pkce: bool
    require_pushed_authorization_requests: bool
    allow_anonymous_grants: bool
    health_check_enabled: bool
    scope_drift_policy: str
    version: int
    next_step: str
    risk_flags: list[str] | msgspec.UnsetType = UNSET
    """For owners, admins and whoever registered the app."""
    secret_rotation_required: bool = False
    """A restored confidential app has no secret until it rotates."""
    deleted_at: datetime | msgspec.UnsetType = UNSET
    restorable_until: datetime | msgspec.UnsetType = UNSET
    existing: bool = False
    client_secret: str | msgspec.UnsetType | None = UNSET
    client_secret_shown_once: bool = False
    webhook_secret: str | msgspec.UnsetType = UNSET
    rp_health_secret: str | msgspec.UnsetType = UNSET
    webhook_signing_key: SigningKey | msgspec.UnsetType = UNSET
    propagation: Literal["complete", "pending"] | msgspec.UnsetType = UNSET


class DeletedView(msgspec.Struct, kw_only=True):
    id: int
    deleted_at: datetime
    restorable_until: datetime
    propagation: Literal["complete", "pending"]


class SecretView(msgspec.Struct, kw_only=True):
    """A rotated secret, shown this once."""

    client_id: str
    client_secret: str
    rotated_at: datetime
    propagation: Literal["complete", "pending"]


_SAME: Final = tuple(
    name
    for name in ApplicationView.__struct_fields__
    if name in Application.__struct_fields__ and name not in {"redirect_uris", "deleted_at"}
)
"""What is shown as it stands in the record."""


def show(stored: Stored) -> ApplicationView:
    app = stored.application
    same: dict[str, Any] = {name: getattr(app, name) for name in _SAME}
    view = ApplicationView(
        **same,
        redirect_uris=[entry.uri for entry in app.redirect_uris],
        redirect_uri_metadata={entry.uri: _metadata(entry) for entry in app.redirect_uris},
        redirect_uri_class=uris.strictest(app.redirect_uris),
        secret_rotation_required=app.client_type == "confidential" and app.secret_sha256 is None,
        risk_flags=[flag.code for flag in stored.risk.flags],
        next_step=_STEPS[next_step(app)],
    )
    if app.deleted_at is not None:
        view.deleted_at, view.restorable_until = app.deleted_at, app.deleted_at + KEPT
    return view


def _metadata(entry: RedirectUri) -> UriMetadata:
    known = entry.verification
    return UriMetadata(
        uri_class=entry.uri_class,
        state=entry.state,
        status=known.status,
        method=known.method,
        reason=known.reason,
        verified_at=known.verified_at,
        last_checked_at=known.last_checked_at,
        last_used_at=entry.last_used_at,
    )


def encoded(stored: Stored, told: bool) -> bytes:
    """Without its risk flags for whom they are not told."""
    view = show(stored)
    return msgspec.json.encode(view if told else msgspec.structs.replace(view, risk_flags=UNSET))


def show_changed(stored: Stored, spread: Spread) -> ApplicationView:
    return msgspec.structs.replace(show(stored), propagation=spread.propagation)


def show_existing(stored: Stored) -> ApplicationView:
    return msgspec.structs.replace(show(stored), existing=True, client_secret=None)


def show_deleted(done: Changed) -> DeletedView:
    app = done.stored.application
    at = app.deleted_at or app.updated_at
    return DeletedView(id=app.id, deleted_at=at, restorable_until=at + KEPT, propagation=done.spread.propagation)


def show_secret(done: Changed) -> SecretView:
    app = done.stored.application
    return SecretView(
        client_id=app.client_id,
        client_secret=done.secret or "",
        rotated_at=app.updated_at,
        propagation=done.spread.propagation,
    )


def etag(stored: Stored) -> dict[str, str]:
    return {"etag": f'W/"{stored.application.version}"'}


def show_registered(stored: Stored, spread: Spread, secret: str | None) -> ApplicationView:
    """With all secrets, shown this once; a public client's answer has no `client_secret` key at all."""
    view = show_changed(stored, spread)
    given = spread.secrets
    if given.webhook_secret:
        view.webhook_secret = given.webhook_secret
    if spread.health_secret:
        view.rp_health_secret = spread.health_secret
    if given.kid and given.signing_secret:
        view.webhook_signing_key = SigningKey(kid=given.kid, secret=given.signing_secret)
    if secret is not None:
        view.client_secret, view.client_secret_shown_once = secret, True
    return view


Step = Literal["trashed", "rotate", "wait", "promote", "go"]

_STEPS: Final[dict[Step, str]] = {
    "trashed": "This app is in the trash.",
    "rotate": "Rotate the secret: a restored app has none.",
    "wait": "This app waits for review: nothing is served before.",
    "promote": "Production hosts are served once the app is promoted; apply for promotion. Development hosts work now.",
    "go": "Send a user to /oauth/authorize.",
}


def next_step(app: Application) -> Step:
    """What its developer does next."""
    if app.deleted_at is not None:
        return "trashed"
    if app.client_type == "confidential" and app.secret_sha256 is None:
        return "rotate"
    if app.hard_flagged and app.status != "approved":
        return "wait"
    if uris.strictest(app.redirect_uris) == "production" and app.status != "approved":
        return "promote"
    return "go"
