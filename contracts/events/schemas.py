"""The published descriptions of events: a JSON Schema for each, and one AsyncAPI 3 document for all."""

from typing import Any

import msgspec

from contracts.events import Event, PublicEvent, known

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(kind: type[Event]) -> dict[str, Any]:
    """One event's schema; its records stand under `$defs`."""
    (reference,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = definitions.pop(reference["$ref"].rsplit("/", 1)[1])
    own["properties"]["type"] = {"const": kind.__struct_config__.tag}
    schema = {"$schema": DIALECT, "title": kind.__struct_config__.tag, "x-public": issubclass(kind, PublicEvent), **own}
    schema["title"] = kind.__struct_config__.tag
    return {**schema, "$defs": definitions} if definitions else schema


def json_schemas() -> dict[str, dict[str, Any]]:
    """Every known event's schema by tag, in the order of the tags."""
    return {tag: json_schema(kind) for tag, kind in known().items()}


def asyncapi(title: str, version: str) -> dict[str, Any]:
    """An AsyncAPI 3.0 document: a channel per tag, which its owner sends and anybody may hear.

    On the wire a payload travels in a frame that adds its origin and position (chassis/events/frames.py).
    """
    kinds = known()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version},
        "defaultContentType": "application/json",
        "channels": {tag: _channel(tag) for tag in kinds},
        "operations": {f"send.{tag}": _operation(tag) for tag in kinds},
        "components": {"messages": {tag: _message(kind) for tag, kind in kinds.items()}},
    }


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


def _message(kind: type[Event]) -> dict[str, Any]:
    schema = json_schema(kind)
    message = {"name": schema["title"], "payload": {"schemaFormat": _format(), "schema": schema}}
    return {**message, "summary": schema["description"]} if "description" in schema else message


def _format() -> str:
    """AsyncAPI's name for plain JSON Schema; its own dialect is a superset of draft 7."""
    return "application/schema+json;version=draft-2020-12"
