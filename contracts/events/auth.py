"""What auth announces: the life of accounts, and what relying parties hear of it."""

import hashlib
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from contracts.events import Event, PublicEvent

Role = Literal["user", "developer", "admin"]
Reason = Literal["user_request", "account_deleted", "admin", "security", "rotation_reuse", "merge"]
"""Why something ended, as relying parties are told (delivery.md 4.7)."""

MergedVia = Literal["t1_device_link", "t2_email_match", "t3_otp", "session_token", "anonymous_swap"]


CredentialType = Literal["password", "app", "fido2-platform", "fido2-roaming"]
"""`app` is a generator of one-time codes."""

CredentialChange = Literal["create", "update", "revoke", "delete"]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """What other services may know of an account; no name, no password, no address but the one mail goes to."""

    id: int
    sub: str
    version: int
    email: str | None
    role: Role
    identity_verified_level: int
    created_at: datetime
    deleted_at: datetime | None = None
    suspended_at: datetime | None = None
    merged_into: int | None = None
    """The account that has absorbed this one: what was this one's elsewhere is that one's."""


class UserEvent(Event, frozen=True, kw_only=True):
    """Any change of an account; carries the whole record."""

    user: User


class UserRegistered(UserEvent, frozen=True, kw_only=True, tag="auth.user.registered"): ...


class UserEmailVerified(UserEvent, frozen=True, kw_only=True, tag="auth.user.email_verified"): ...


class AccountClosed(UserEvent, frozen=True, kw_only=True, tag="auth.account.closed"):
    """Its owner has deleted it: it may do nothing any more, and can come back until `purge_at` (auth.md 6.6)."""

    purge_at: datetime


class AccountRestored(UserEvent, frozen=True, kw_only=True, tag="auth.account.restored"):
    """It came back within its grace; sessions, tokens and consents did not."""


class AccountPurged(UserEvent, frozen=True, kw_only=True, tag="auth.account.purged"):
    """It is gone for good: nobody may keep anything that tells who it was. The record is bare."""


class UserEmailChanged(UserEvent, frozen=True, kw_only=True, tag="auth.user.email_changed"): ...


class UserRoleChanged(UserEvent, frozen=True, kw_only=True, tag="auth.user.role_changed"): ...


class UserIdentityVerified(UserEvent, frozen=True, kw_only=True, tag="auth.user.identity_verified"):
    """The level was reported by an application, or set by an operator (auth.md 1.3)."""


class UserSuspended(UserEvent, frozen=True, kw_only=True, tag="auth.user.suspended"): ...


class UserReactivated(UserEvent, frozen=True, kw_only=True, tag="auth.user.reactivated"): ...


class UserUnlinked(PublicEvent, frozen=True, kw_only=True, tag="auth.user.unlinked"):
    """A person disconnected one application (delivery.md 4.7)."""

    public_type: ClassVar[str] = "user.unlinked"

    sub: str
    canonical_sub: str
    unlinked_at: datetime

    def data(self) -> dict[str, object]:
        return {"sub": self.sub, "canonical_sub": self.canonical_sub, "unlinked_at": self.unlinked_at}


class UserDeleted(PublicEvent, frozen=True, kw_only=True, tag="auth.user.deleted"):
    """An account's grace has begun; at `purge_at` it is gone for good (auth.md 6.6)."""

    public_type: ClassVar[str] = "user.deleted"

    sub: str
    canonical_sub: str
    deleted_at: datetime
    purge_at: datetime

    def data(self) -> dict[str, object]:
        return {
            "sub": self.sub,
            "canonical_sub": self.canonical_sub,
            "deleted_at": self.deleted_at,
            "purge_at": self.purge_at,
        }


class ConsentRevoked(PublicEvent, frozen=True, kw_only=True, tag="auth.consent.revoked"):
    """A person took scopes back from an application, or all of them."""

    public_type: ClassVar[str] = "consent.revoked"

    sub: str
    canonical_sub: str
    scopes: tuple[str, ...]
    """Those that were withdrawn."""
    remaining_scopes: tuple[str, ...]
    reason: Reason
    revoked_at: datetime

    def data(self) -> dict[str, object]:
        return {
            "sub": self.sub,
            "canonical_sub": self.canonical_sub,
            "scopes": self.scopes,
            "remaining_scopes": self.remaining_scopes,
            "reason": self.reason,
            "revoked_at": self.revoked_at,
        }


class TokenRevoked(PublicEvent, frozen=True, kw_only=True, tag="auth.token.revoked"):
    """An access token (`jti`) or a whole refresh family (`token_family`) ended before its time."""

    public_type: ClassVar[str] = "token.revoked"

    sub: str
    canonical_sub: str
    jti: str | None = None
    token_family: str | None = None
    token_type: Literal["access_token", "refresh_token"]
    reason: Reason
    revoked_at: datetime

    def data(self) -> dict[str, object]:
        named = {"jti": self.jti} if self.jti is not None else {"token_family": self.token_family}
        return {
            "sub": self.sub,
            "canonical_sub": self.canonical_sub,
            **named,
            "token_type": self.token_type,
            "reason": self.reason,
            "revoked_at": self.revoked_at,
        }


class UserMerged(PublicEvent, frozen=True, kw_only=True, tag="auth.user.merged"):
    """One account absorbed another; every application that ever had a grant of either hears of it (auth.md 6.5)."""

    public_type: ClassVar[str] = "user.merged"

    survivor_canonical_sub: str
    merged_canonical_sub: str
    merged_via: MergedVia
    identity_link_id: int
    idempotency_keys: dict[str, str]
    """By client_id, made by `merge_key`."""
    merged_at: datetime

    def data(self) -> dict[str, object]:
        """Without the key, which is each application's own."""
        return {
            "survivor_canonical_sub": self.survivor_canonical_sub,
            "merged_canonical_sub": self.merged_canonical_sub,
            "merged_via": self.merged_via,
            "identity_link_id": self.identity_link_id,
            "merged_at": self.merged_at,
        }

    def data_for(self, client_id: str) -> dict[str, object]:
        return {**self.data(), "idempotency_key": self.idempotency_keys[client_id]}


class UserGrantsRevoked(PublicEvent, frozen=True, kw_only=True, tag="auth.user.grants_revoked"):
    """A person took back everything that one application held, in one act."""

    public_type: ClassVar[str] = "user.grants_revoked"

    sub: str
    canonical_sub: str
    revoked_grant_ids: tuple[int, ...]
    reason: Reason
    revoked_at: datetime

    def data(self) -> dict[str, object]:
        return {
            "sub": self.sub,
            "canonical_sub": self.canonical_sub,
            "revoked_grant_ids": self.revoked_grant_ids,
            "reason": self.reason,
            "revoked_at": self.revoked_at,
        }


class CredentialChanged(PublicEvent, frozen=True, kw_only=True, tag="auth.credential.changed"):
    """A way to sign in was added, changed or taken away, in the words of CAEP 1.0 section 3.3."""

    public_type: ClassVar[str] = "credential.changed"
    signal: ClassVar[bool] = True

    subs: dict[str, str]
    """By client_id: how each application knows the account."""
    canonical_sub: str
    credential_type: CredentialType
    change_type: CredentialChange

    def data(self) -> dict[str, object]:
        """Without the sub, which is each application's own."""
        return {
            "canonical_sub": self.canonical_sub,
            "credential_type": self.credential_type,
            "change_type": self.change_type,
        }

    def data_for(self, client_id: str) -> dict[str, object]:
        return {**self.data(), "sub": self.subs[client_id]}


def merge_key(idempotency_key: str, application_id: int) -> str:
    """What one application sees of a merge's key, which may hold an address: its SHA-256 (delivery.md 4.7 and 5.1)."""
    return hashlib.sha256(f"{idempotency_key}:rp:{application_id}".encode()).hexdigest()


USER_EVENTS: tuple[type[UserEvent], ...] = (
    UserRegistered,
    UserEmailVerified,
    AccountClosed,
    AccountRestored,
    AccountPurged,
    UserEmailChanged,
    UserRoleChanged,
    UserIdentityVerified,
    UserSuspended,
    UserReactivated,
)

PUBLIC_EVENTS: tuple[type[PublicEvent], ...] = (
    UserDeleted,
    UserUnlinked,
    ConsentRevoked,
    TokenRevoked,
    UserMerged,
    UserGrantsRevoked,
)

SIGNAL_EVENTS: tuple[type[PublicEvent], ...] = (CredentialChanged,)
