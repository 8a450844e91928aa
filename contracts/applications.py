"""The one application record, as registry owns it and as other services keep a copy of it."""

from datetime import datetime
from typing import Any, Literal

import msgspec

ClientType = Literal["confidential", "public"]
AuthMethod = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
Status = Literal["sandbox", "pending", "approved", "changes_requested", "rejected", "suspended"]
Environment = Literal["test", "live"]
UriClass = Literal["dev_local", "dev_internet", "production"]
UriState = Literal["active", "pending_review"]
VerificationStatus = Literal["unverified", "verified", "failed", "stale", "not_applicable", "blocked"]
ScopeDriftPolicy = Literal["block", "log_only", "alert"]
CreatedVia = Literal["web", "cli", "mcp", "api", "rake"]


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What verifier last found out about the host of one redirect URI (verifier.md A6)."""

    status: VerificationStatus
    method: Literal["dns", "well_known"] | None = None
    reason: str | None = None
    verified_at: datetime | None = None
    last_checked_at: datetime | None = None


class RedirectUri(msgspec.Struct, frozen=True, kw_only=True):
    """One registered redirect URI; `uri` is compared byte for byte (registry.md 5.1)."""

    uri: str
    uri_class: UriClass
    state: UriState = "active"
    verification: Verification = Verification(status="unverified")
    last_used_at: datetime | None = None


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A whole application at one version. It holds no secret: only the digest of one that has 256 random bits."""

    id: int
    client_id: str
    version: int
    """Grows with every change; a copy takes only newer ones."""
    name: str
    client_type: ClientType
    token_endpoint_auth_method: AuthMethod
    redirect_uris: tuple[RedirectUri, ...]
    allowed_scopes: tuple[str, ...]
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    status: Status
    environment: Environment = "test"
    tier: Literal["free", "production"] = "free"
    organization: str | None = None
    """Slug of the developer organisation that owns it; operator-made and dynamic clients have none."""
    created_via: CreatedVia = "api"
    created_at: datetime
    updated_at: datetime
    app_link_url: str | None = None
    webhook_url: str | None = None
    logo_url: str | None = None
    allowed_login_methods: tuple[str, ...] = ()
    """Empty means all."""
    scope_drift_policy: ScopeDriftPolicy = "block"
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False
    allow_token_exchange: bool = False
    """Set by the operator, confidential clients only (auth.md 2.11)."""
    allow_anonymous_grants: bool = False
    """Set in the console alone, behind step-up (auth.md 6.4)."""
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    widget_origins: tuple[str, ...] = ()
    webhook_event_types: tuple[str, ...] = ()
    """Empty means all."""
    webhook_legacy_signature: bool = True
    webhook_asymmetric: bool = False
    webhook_ordered: bool = False
    health_check_enabled: bool = True
    hard_flagged: bool = False
    """A hard risk flag stands: nothing is served until it was reviewed (registry.md 8)."""
    first_party: bool = False
    """Made by the operator: no risk gate, no consent page."""
    jwks: dict[str, Any] | None = None
    """Public keys for `private_key_jwt` (RFC 7591 section 2); at most one of the two is given."""
    jwks_uri: str | None = None
    secret_sha256: str | None = None
    """Lower-case hex of the SHA-256 of the current client secret; none for a public client."""
    deleted_at: datetime | None = None
    generation: int = 0
    """How often it came back from the trash: what was issued before is dead, even where the deletion was missed."""

    def serves(self, uri: str) -> bool:
        """Whether a registered redirect URI may be used now: the per-URI gating of registry.md section 6."""
        found = next((entry for entry in self.redirect_uris if entry.uri == uri), None)
        if found is None or not self.usable:
            return False
        if found.uri_class == "production":
            return self.status == "approved" and found.state == "active"
        return True

    @property
    def usable(self) -> bool:
        """Whether any request of this client is served; a wildcard or sensitive scope waits for review."""
        return (
            self.deleted_at is None
            and self.status != "suspended"
            and not (self.hard_flagged and self.status != "approved")
        )

    @property
    def short_lived(self) -> bool:
        """Tokens are short-lived until the app is promoted (registry.md 5.2)."""
        return self.status != "approved"
