"""The catalogue as a document and as the `webhooks` of the OpenAPI document (delivery.md 2)."""

from typing import Any

import msgspec

from contracts.events import public
from contracts.events.catalogue import PUBLIC
from services.delivery.fanout.accept import OLDER_EVENTS
from services.delivery.polling.read import TYPES


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    event_type: str
    description: str
    signature_form: str
    """`older` or `current`, unless the application asked for the current one for all."""
    polled: bool
    schema: dict[str, Any]
    example: dict[str, Any]


class Catalogue(msgspec.Struct, frozen=True):
    event_types: list[EventType]


def catalogue() -> Catalogue:
    return Catalogue([_described(event_type) for event_type in PUBLIC])


def webhooks() -> dict[str, Any]:
    """OpenAPI 3.1 path items by event type."""
    return {event_type: {"post": _operation(event_type)} for event_type in PUBLIC}


def _described(event_type: str) -> EventType:
    schema = public.schema(event_type)
    return EventType(
        event_type=event_type,
        description=schema["description"],
        signature_form="older" if event_type in OLDER_EVENTS else "current",
        polled=event_type in TYPES,
        schema=schema,
        example=public.example(event_type),
    )


def _operation(event_type: str) -> dict[str, Any]:
    schema = {name: value for name, value in public.schema(event_type).items() if name != "$schema"}
    content = {"application/json": {"schema": schema, "examples": {event_type: {"value": public.example(event_type)}}}}
    header = {"type": "string"}
    return {
        "operationId": f"receive_{event_type.replace('.', '_')}",
        "summary": schema["description"],
        "description": "POSTed to the application's `webhook_url`, signed. Verify, dedupe on the event id, answer 2xx.",
        "parameters": [
            {"name": "X-Logi-Signature", "in": "header", "required": True, "schema": header},
            {"name": "X-Logi-Event-Id", "in": "header", "required": True, "schema": header},
            {"name": "webhook-id", "in": "header", "schema": header},
            {"name": "webhook-timestamp", "in": "header", "schema": header},
            {"name": "webhook-signature", "in": "header", "schema": header},
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {"2XX": {"description": "Taken, also where the type is unknown or the event was known already."}},
    }
