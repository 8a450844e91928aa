"""Our events in the words of RISC and CAEP; pure, so that the table of delivery.md 12 can be tested."""

from datetime import datetime
from typing import Any

RISC = "https://schemas.openid.net/secevent/risc/event-type/"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
VERIFICATION, UPDATED = f"{SSF}verification", f"{SSF}stream-updated"

TYPES = {
    "user.deleted": f"{RISC}account-disabled",
    "account.enabled": f"{RISC}account-enabled",
    "account.purged": f"{RISC}account-purged",
    "user.unlinked": f"{CAEP}session-revoked",
    "user.grants_revoked": f"{CAEP}session-revoked",
    "token.revoked": f"{CAEP}session-revoked",
    "consent.revoked": f"{CAEP}token-claims-change",
    "user.merged": f"{CAEP}token-claims-change",
    "credential.changed": f"{CAEP}credential-change",
}
"""A merge changes `canonical_sub` of the account that was absorbed: RISC's identifier-changed is for addresses."""

ONLY_SIGNALS = ("account.enabled", "account.purged", "credential.changed")
"""What stands on the log for streams alone."""

SUPPORTED = sorted({*TYPES.values(), VERIFICATION, UPDATED})

_INITIATED = {"user_request": "user", "account_deleted": "user", "merge": "user", "admin": "admin"}


def ours(requested: list[str]) -> list[str]:
    """Our types that a stream with these event types carries."""
    return [name for name, uri in TYPES.items() if uri in requested]


def subject(event_type: str, data: dict[str, Any], issuer: str) -> dict[str, str]:
    """RFC 9493, format iss_sub; a merge is about the account that was absorbed."""
    sub = data["merged_canonical_sub"] if event_type == "user.merged" else data["sub"]
    return {"format": "iss_sub", "iss": issuer, "sub": str(sub)}


def events(event_type: str, data: dict[str, Any], occurred_at: datetime) -> dict[str, Any]:
    """The member `events` of a token (RFC 8417 section 2.2)."""
    uri = TYPES[event_type]
    if uri.startswith(RISC):
        return {uri: {}}
    reason = str(data.get("reason", "user_request"))
    told: dict[str, Any] = {
        "event_timestamp": int(occurred_at.timestamp()),
        "initiating_entity": _INITIATED.get(reason, "policy"),
        "reason_admin": {"en": reason.replace("_", " ")},
    }
    return {uri: {**told, **_members(event_type, data)}}


def _members(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """What a type of CAEP has beside the members of all (CAEP 1.0 sections 3.2 and 3.3)."""
    if event_type == "consent.revoked":
        return {"claims": {"scope": " ".join(data["remaining_scopes"])}}
    if event_type == "user.merged":
        return {"claims": {"canonical_sub": str(data["survivor_canonical_sub"]), "is_canonical": False}}
    if event_type == "credential.changed":
        return {"credential_type": data["credential_type"], "change_type": data["change_type"]}
    return {}
