"""GET /api/v1/me: whoever asks, what they are called and what they may do."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request

from chassis import web
from chassis.problems import Unauthorized
from chassis.web import Given
from chassis.web.guard import InsufficientScope
from contracts.principal import AccessToken, Pak, Role, Session
from contracts.scopes import covers
from services.auth.accounts import addresses, store
from services.auth.accounts.store import Account
from services.auth.ground import Ground


class MeUser(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    anonymous: bool = False
    """Begun by a device, and nobody's yet."""
    email: str | None
    """None where the account has none."""
    email_verified: bool
    identity_verified_level: int
    role: Role
    created_at: datetime
    preferred_name: str | None
    full_name: str | None
    language: str


class MeOrganization(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """`organization` is the one that counts where none is named (registry.md 11); a plain user has none."""

    user: MeUser
    organization: MeOrganization | None
    scopes: list[str]
    auth: str
    """`session`, `pak` or `oauth`."""


@web.get("/api/v1/me", credentials=("session", "pak", "access_token"), rate="api", tags=["Account"])
async def me(request: Request[Any, Any, Any], ground: Given[Ground]) -> Me:
    """Who am I? Works with every credential of a person; `scopes` are those of the credential.

    An access token needs `console:read`: what an ordinary app was allowed to see stands at userinfo.
    """
    caller = web.principal(request)
    if isinstance(caller, AccessToken):
        _reaches(caller)
    user_id = caller.user_id if isinstance(caller, Session | Pak | AccessToken) else None
    account = await store.by_id(ground.db, user_id) if user_id is not None else None
    if account is None or not account.living:
        raise Unauthorized("This credential belongs to no person.")
    kind = {Session: "session", Pak: "pak"}.get(type(caller), "oauth")
    organization = caller.organization if isinstance(caller, Pak) else None
    email = addresses.told(account.email, ground.settings.synthetic_mail_domain)
    account = msgspec.structs.replace(account, email=email)
    return _me(account, organization, sorted(getattr(caller, "scopes", ())), kind)


def _reaches(token: AccessToken) -> None:
    """A scope of an API resource may have any name, so only a token for the client itself counts."""
    if token.audience != token.client_id or not covers(token.scopes, "console:read"):
        raise InsufficientScope(required_scope="console:read")


def _me(account: Account, organization: str | None, scopes: list[str], kind: str) -> Me:
    """The name of another organisation than the personal one is registry's to know; here it goes by its slug."""
    counts = MeOrganization(slug=f"personal-{account.id}", name="Personal org")
    if organization is not None:
        counts = MeOrganization(slug=organization, name=organization)
    return Me(
        user=MeUser(
            id=account.id,
            anonymous=account.anonymous,
            email=account.email,
            email_verified=account.identity_verified_level > 0,
            identity_verified_level=account.identity_verified_level,
            role=account.role,
            created_at=account.created_at,
            preferred_name=account.preferred_name,
            full_name=account.full_name,
            language=account.language,
        ),
        organization=None if account.role == "user" else counts,
        scopes=scopes,
        auth=kind,
    )
