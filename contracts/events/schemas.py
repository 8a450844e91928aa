"""The published descriptions of events: a JSON Schema for each, and one AsyncAPI 3 document for all."""

from typing import Any

import msgspec

from contracts.events import Event, PublicEvent, known, tag_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: type[Event]) -> dict[str, Any]:
    """One event's schema, which stands alone: its records are under `$defs`."""
    (reference,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = _described(kind, definitions.pop(_name(reference)))
    return {"$schema": DIALECT, **own, "$defs": definitions} if definitions else {"$schema": DIALECT, **own}


def json_schemas() -> dict[str, dict[str, Any]]:
    """Every known event's schema by tag, in the order of the tags."""
    return {tag: json_schema(kind) for tag, kind in known().items()}


def asyncapi(title: str, version: str) -> dict[str, Any]:
    """An AsyncAPI 3.0 document: a channel per tag, which its owner sends and anybody may hear.

    On the wire a payload travels in a frame that adds its origin and position (chassis/events/frames.py).
    """
    kinds = known()
    references, schemas = msgspec.json.schema_components(kinds.values(), ref_template="#/components/schemas/{name}")
    for kind, reference in zip(kinds.values(), references, strict=True):
        schemas[_name(reference)] = _described(kind, schemas[_name(reference)])
    payloads = dict(zip(kinds, references, strict=True))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "defaultContentType": "application/json",
        "channels": {tag: _channel(tag) for tag in kinds},
        "operations": {f"send.{tag}": _operation(tag) for tag in kinds},
        "components": {
            "messages": {tag: {"name": tag, "payload": payloads[tag]} for tag in kinds},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _described(kind: type[Event], schema: dict[str, Any]) -> dict[str, Any]:
    """The event's name is its tag, not its class; `x-public` marks what relying parties may receive."""
    properties = {**schema["properties"], "type": {"const": tag_of(kind)}}
    return {**schema, "title": tag_of(kind), "x-public": issubclass(kind, PublicEvent), "properties": properties}


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _channel(tag: str) -> dict[str, Any]:
    return {"address": f"event.{tag}", "messages": {tag: {"$ref": f"#/components/messages/{tag}"}}}


def _operation(tag: str) -> dict[str, Any]:
    channel = f"#/channels/{tag}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{tag}"}],
        "summary": f"Sent by {tag.partition('.')[0]}, once committed.",
    }
