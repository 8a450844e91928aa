"""What people may let apps know beside their names: telephone number, postal address, and claims of the operator's
(auth.md 3.4).
"""

from collections.abc import Collection
from typing import Any, Final

from chassis.postgres import Database, Tx
from services.auth.profile import store
from services.auth.profile.store import Particulars

RESERVED: Final = frozenset({"profile", "identity", "console"})
"""Namespaces of our own scopes, which no custom claim can have."""


async def told(on: Tx | Database, user_id: int, scopes: Collection[str]) -> dict[str, Any]:
    """The claims of the granted scopes; nobody else's request looks them up."""
    return claims(await store.particulars(on, user_id), scopes) if any(map(_tells, scopes)) else {}


def claims(held: Particulars, scopes: Collection[str]) -> dict[str, Any]:
    """`address` as OpenID Connect Core 5.1.1 has it, a custom claim by the name of its scope."""
    found: dict[str, Any] = {}
    if "phone" in scopes and held.phone_number is not None:
        found |= {"phone_number": held.phone_number, "phone_number_verified": False}
    if "address" in scopes:
        lines = {"formatted": held.address, "postal_code": held.postal_code}
        given = {name: line for name, line in lines.items() if line is not None}
        found |= {"address": given} if given else {}
        found |= {"postal_code": held.postal_code} if held.postal_code is not None else {}
    for scope in scopes:
        namespace, _, key = scope.partition(":")
        if key in held.custom_claims.get(namespace, {}):
            found[scope] = held.custom_claims[namespace][key]
    return found


def _tells(scope: str) -> bool:
    namespace, colon, _ = scope.partition(":")
    return scope in {"phone", "address"} or (bool(colon) and namespace not in RESERVED)
