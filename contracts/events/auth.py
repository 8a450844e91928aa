"""What auth announces: the life of accounts, and what relying parties hear of it."""

from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from contracts.events import Event, PublicEvent

Role = Literal["user", "developer", "admin"]


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


class UserEvent(Event, frozen=True, kw_only=True):
    """Any change of an account; carries the whole record."""

    user: User


class UserRegistered(UserEvent, frozen=True, kw_only=True, tag="auth.user.registered"): ...


class UserEmailVerified(UserEvent, frozen=True, kw_only=True, tag="auth.user.email_verified"): ...


class UserUnlinked(PublicEvent, frozen=True, kw_only=True, tag="auth.user.unlinked"):
    """A person disconnected one application (delivery.md 4.7)."""

    public_type: ClassVar[str] = "user.unlinked"

    sub: str
    canonical_sub: str
    unlinked_at: datetime

    def data(self) -> dict[str, object]:
        return {"sub": self.sub, "canonical_sub": self.canonical_sub, "unlinked_at": self.unlinked_at}


Reason = Literal["user_request", "account_deleted", "admin", "security", "rotation_reuse", "merge"]


class TokenRevoked(PublicEvent, frozen=True, kw_only=True, tag="auth.token.revoked"):
    """An access token (`jti`), or a refresh token with all that descends from its consent (`token_family`), is dead."""

    public_type: ClassVar[str] = "token.revoked"

    sub: str
    canonical_sub: str
    reason: Reason
    revoked_at: datetime
    jti: str | None = None
    token_family: str | None = None

    def data(self) -> dict[str, object]:
        about: dict[str, object] = {"token_family": self.token_family, "token_type": "refresh_token"}
        if self.jti is not None:
            about = {"jti": self.jti, "token_type": "access_token"}
        return {
            "sub": self.sub,
            "canonical_sub": self.canonical_sub,
            **about,
            "reason": self.reason,
            "revoked_at": self.revoked_at,
        }


USER_EVENTS: tuple[type[UserEvent], ...] = (UserRegistered, UserEmailVerified)

PUBLIC_EVENTS: tuple[type[PublicEvent], ...] = (UserUnlinked, TokenRevoked)
