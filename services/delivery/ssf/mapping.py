"""Our events in the words of RISC and CAEP; pure, so that the table of delivery.md 12 can be tested."""

from datetime import datetime
from typing import Any

RISC = "https://schemas.openid.net/secevent/risc/event-type/"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"

TYPES = {
    "user.deleted": f"{RISC}account-disabled",
    "user.unlinked": f"{CAEP}session-revoked",
    "user.grants_revoked": f"{CAEP}session-revoked",
    "token.revoked": f"{CAEP}session-revoked",
    "consent.revoked": f"{CAEP}token-claims-change",
    "user.merged": f"{RISC}identifier-changed",
}

SUPPORTED = sorted({*TYPES.values(), VERIFICATION})

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
    uri, at = TYPES[event_type], int(occurred_at.timestamp())
    if uri.startswith(RISC):
        extra = {"new-value": str(data["survivor_canonical_sub"])} if event_type == "user.merged" else {}
        return {uri: extra}
    reason = str(data.get("reason", "user_request"))
    told: dict[str, Any] = {
        "event_timestamp": at,
        "initiating_entity": _INITIATED.get(reason, "policy"),
        "reason_admin": {"en": reason.replace("_", " ")},
    }
    if event_type == "consent.revoked":
        told["claims"] = {"scope": " ".join(data["remaining_scopes"])}
    return {uri: told}
