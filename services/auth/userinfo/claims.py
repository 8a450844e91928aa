"""What each scope tells (auth.md 3.4)."""

from collections.abc import Collection
from typing import Any

from contracts.scopes import full_name
from services.auth.accounts.store import Account
from services.auth.tokens import mint


def claims(account: Account, sub: str, scopes: Collection[str]) -> dict[str, Any]:
    """The claims of the granted scopes, and who this is; a claim without a value is left out (OIDC Core 5.3.2)."""
    scopes = set(map(full_name, scopes))
    found: dict[str, Any] = mint.subject(sub, account.id)
    if "email" in scopes and account.email is not None:
        found["email"] = account.email
        found["email_verified"] = account.identity_verified_level >= 1
    if "identity:level" in scopes:
        found["identity_verified_level"] = account.identity_verified_level
    return found
