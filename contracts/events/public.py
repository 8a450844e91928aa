"""What relying parties may receive, described for them: a JSON Schema and an example for each type.

The body is `{"event_id", "event_type", "occurred_at", "data"}` (delivery.md 4.6); `data` is the type's own.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contracts.events import PublicEvent
from contracts.events.auth import (
    ConsentRevoked,
    TokenRevoked,
    UserDeleted,
    UserGrantsRevoked,
    UserMerged,
    UserUnlinked,
    merge_key,
)
from contracts.events.catalogue import PUBLIC
from contracts.events.delivery import WebhookKeyCompromised, WebhookTested
from contracts.events.schemas import DIALECT
from contracts.ids import ClientId, EventId

_AT = datetime(2026, 5, 11, 12, 34, 56, tzinfo=UTC)
_CLIENT = ClientId("logi_0123456789abcdef0123456789abcdef")
_ID = EventId("evt_01HE3QZ8M4T7V9X2K5N6P0R1SB")
_COMMON: dict[str, Any] = {"event_id": _ID, "occurred_at": _AT, "client_ids": (_CLIENT,)}
_PERSON: dict[str, Any] = {**_COMMON, "sub": "42", "canonical_sub": "17"}

EXAMPLES: dict[str, PublicEvent] = {
    "user.deleted": UserDeleted(**_PERSON, deleted_at=_AT, purge_at=_AT + timedelta(days=30)),
    "user.unlinked": UserUnlinked(**_PERSON, unlinked_at=_AT),
    "consent.revoked": ConsentRevoked(
        **_PERSON, scopes=("email",), remaining_scopes=("openid",), reason="user_request", revoked_at=_AT
    ),
    "token.revoked": TokenRevoked(
        **_PERSON,
        token_family="8c2e1c9a-6f0c-4f7e-9d4b-6d6d0a9e2f11",
        token_type="refresh_token",
        reason="rotation_reuse",
        revoked_at=_AT,
    ),
    "user.merged": UserMerged(
        **_COMMON,
        survivor_canonical_sub="17",
        merged_canonical_sub="42",
        merged_via="t3_otp",
        identity_link_id=9,
        idempotency_keys={_CLIENT: merge_key("t3:1001", 5)},
        merged_at=_AT,
    ),
    "user.grants_revoked": UserGrantsRevoked(
        **_PERSON, revoked_grant_ids=(3, 4), reason="user_request", revoked_at=_AT
    ),
    "webhook_key.compromised": WebhookKeyCompromised(
        **_COMMON, kid="whk_0badcafe", replacement_kid="whk_1badcafe", revoked_at=_AT
    ),
    "webhook.test": WebhookTested(**_COMMON, message="This is a test. Answer 2xx and do nothing else."),
}
"""One of each type, as a receiver would meet it."""

_OPTIONAL = {"token.revoked": {"jti", "token_family"}}
"""Members that stand instead of one another."""

_OWN: dict[str, dict[str, Any]] = {
    "webhook_key.compromised": {"reason": {"const": "compromise"}},
    "user.merged": {"idempotency_key": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "token.revoked": {"jti": {"type": "string"}, "token_family": {"type": "string"}},
}
"""Members of `data` that are no field of the event, or another one than it."""


def example(event_type: str) -> dict[str, Any]:
    """The body that a receiver gets."""
    found = EXAMPLES[event_type]
    return {
        "event_id": found.event_id,
        "event_type": event_type,
        "occurred_at": _shown(found.occurred_at),
        "data": {name: _shown(value) for name, value in found.data_for(_CLIENT).items()},
    }


def schema(event_type: str) -> dict[str, Any]:
    """JSON Schema of the body; unknown members and unknown values are to be expected (delivery.md 4.7)."""
    kind, names = PUBLIC[event_type], list(EXAMPLES[event_type].data_for(_CLIENT))
    _, definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    fields = definitions[kind.__name__]["properties"]
    own, optional = _OWN.get(event_type, {}), _OPTIONAL.get(event_type, set())
    data = {name: own.get(name) or _open(fields[name], name) for name in sorted({*names, *own})}
    return {
        "$schema": DIALECT,
        "title": event_type,
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "required": ["event_id", "event_type", "occurred_at", "data"],
        "properties": {
            "event_id": {"type": "string", "pattern": "^evt_[0-7][0-9A-HJKMNP-TV-Z]{25}$"},
            "event_type": {"const": event_type},
            "occurred_at": {"type": "string", "format": "date-time"},
            "data": {"type": "object", "required": sorted(set(names) - optional), "properties": data},
        },
    }


def _open(field: dict[str, Any], name: str) -> dict[str, Any]:
    """Values that we name today are examples, because receivers must take others tomorrow."""
    if "enum" in field:
        return {"type": "string", "examples": field["enum"]}
    described = {key: value for key, value in field.items() if key != "default"}
    return {**described, "format": "date-time"} if name.endswith("_at") else described


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return list(value) if isinstance(value, tuple) else value
