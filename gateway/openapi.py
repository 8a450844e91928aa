"""One OpenAPI 3.1 document of all services: operations prefixed by their service, component names made to differ."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class DocumentsClash(Exception):
    """Two services describe one operation; the message names both."""


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Every `<service>/openapi.json` below `folder`, by service."""
    return {file.parent.name: msgspec.json.decode(file.read_bytes()) for file in sorted(folder.glob("*/openapi.json"))}


def merged(documents: Mapping[str, Mapping[str, Any]], issuer: str, version: str = "1") -> dict[str, Any]:
    """Raises DocumentsClash."""
    shared = _clashing(documents)
    paths: dict[str, dict[str, Any]] = {}
    webhooks: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    tags = []
    for service, document in documents.items():
        renamed = {
            f"#/components/{section}/{name}": f"#/components/{section}/{_named(service, section, name, shared)}"
            for section, listed in document.get("components", {}).items()
            for name in listed
        }
        for section, listed in document.get("components", {}).items():
            for name, component in listed.items():
                found = components.setdefault(section, {})
                found[_named(service, section, name, shared)] = _rewritten(component, renamed)
        for path, item in document.get("paths", {}).items():
            _add(paths.setdefault(path, {}), service, path, _rewritten(item, renamed))
        for name, item in document.get("webhooks", {}).items():
            _add(webhooks.setdefault(name, {}), service, name, _rewritten(item, renamed))
        tags.append({"name": service})
    return {
        "openapi": "3.1.0",
        "info": {"title": "logi", "version": version, "description": "All routes of the platform, by service."},
        "servers": [{"url": issuer}],
        "tags": tags,
        "paths": dict(sorted(paths.items())),
        **({"webhooks": webhooks} if webhooks else {}),
        "components": components,
    }


def etag(encoded: bytes) -> bytes:
    return b'"%b"' % hashlib.sha256(encoded).hexdigest()[:32].encode()


def _clashing(documents: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Names that two services use for different things."""
    seen: dict[tuple[str, str], Any] = {}
    clashing = set()
    for document in documents.values():
        for section, listed in document.get("components", {}).items():
            for name, component in listed.items():
                if seen.setdefault((section, name), component) != component:
                    if section == "securitySchemes":
                        # Operations name these by key, not by reference; one platform has one meaning for each.
                        raise DocumentsClash(f"the security scheme {name} has two meanings")
                    clashing.add((section, name))
    return clashing


def _named(service: str, section: str, name: str, clashing: Iterable[tuple[str, str]]) -> str:
    return f"{service}.{name}" if (section, name) in clashing else name


def _add(item: dict[str, Any], service: str, path: str, described: Mapping[str, Any]) -> None:
    for key, value in described.items():
        if key not in _METHODS:
            item.setdefault(key, value)
            continue
        if key in item:
            raise DocumentsClash(f"{service} describes {key.upper()} {path}, as {item[key]['tags']} does")
        operation = f"{service}.{value.get('operationId', key + path)}"
        item[key] = {**value, "operationId": operation, "tags": [service]}


def _rewritten(node: Any, renamed: Mapping[str, str]) -> Any:
    """`node` with every reference to a renamed component following it, those of discriminators included."""
    if isinstance(node, dict):
        return {key: _rewritten(value, renamed) for key, value in node.items()}
    if isinstance(node, list):
        return [_rewritten(value, renamed) for value in node]
    return renamed.get(node, node) if isinstance(node, str) else node
