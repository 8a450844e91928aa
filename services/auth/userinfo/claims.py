"""What each scope tells (auth.md 3.4)."""

from collections.abc import Collection
from typing import Any

from contracts.scopes import full_name
from services.auth.accounts import addresses
from services.auth.accounts.store import Account
from services.auth.tokens import subjects
from services.auth.tokens.subjects import Standing


def claims(
    account: Account, sub: str, scopes: Collection[str], standing: Standing, synthetic_domain: str
) -> dict[str, Any]:
    """The claims of the granted scopes, and who this is; a claim without a value is left out (OIDC Core 5.3.2).

    Names go by ours and by those of OpenID Connect Core 5.1, which standard clients read.

    Addresses of `synthetic_domain` stand where somebody has none, so they are told to nobody.
    """
    scopes = set(map(full_name, scopes))
    found: dict[str, Any] = subjects.claims(sub, account.id, standing)
    if "profile:basic" in scopes:
        names = {
            "preferred_name": account.preferred_name,
            "full_name": account.full_name,
            "name": account.full_name or account.preferred_name,
            "nickname": account.preferred_name,
        }
        found |= {claim: name for claim, name in names.items() if name is not None}
    email = addresses.told(account.email, synthetic_domain)
    if "email" in scopes and email is not None:
        found["email"] = email
        found["email_verified"] = account.identity_verified_level >= 1
    if "identity:level" in scopes:
        found["identity_verified_level"] = account.identity_verified_level
    return found
