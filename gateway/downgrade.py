"""The OpenAPI document as the viewer can read it: the bundled Swagger UI knows 3.0, the document itself is 3.1."""

from typing import Any


def to_3_0(node: Any) -> Any:
    """A document or any part of it, said in OpenAPI 3.0; what 3.0 cannot say is left out."""
    if isinstance(node, list):
        return [to_3_0(value) for value in node]
    if not isinstance(node, dict):
        return node
    found = {key: to_3_0(value) for key, value in node.items()}
    if isinstance(found.get("openapi"), str):
        found["openapi"] = "3.0.3"
        found.pop("jsonSchemaDialect", None)
        found.pop("webhooks", None)
    if isinstance(found.get("type"), list):
        _plain_type(found)
    for key in ("anyOf", "oneOf"):
        if isinstance(found.get(key), list):
            _without_null(found, key)
    if "const" in found and not isinstance(found["const"], dict):
        found["enum"] = [found.pop("const")]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(found.get(key), int | float) and not isinstance(found[key], bool):
            found[bound], found[key] = found[key], True
    return found


def _plain_type(schema: dict[str, Any]) -> None:
    kinds = [kind for kind in schema["type"] if kind != "null"]
    if len(kinds) < len(schema["type"]):
        schema["nullable"] = True
    if len(kinds) == 1:
        schema["type"] = kinds[0]
    else:
        del schema["type"]
        schema["anyOf"] = [{"type": kind} for kind in kinds]


def _without_null(schema: dict[str, Any], key: str) -> None:
    others = [option for option in schema[key] if option != {"type": "null"}]
    if len(others) < len(schema[key]):
        schema[key], schema["nullable"] = others, True
