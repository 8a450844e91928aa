"""Canonical JSON: the subset of RFC 8785 that bodies are written in (delivery.md 4.6)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MAX_BODY_BYTES = 20 * 1024
MAX_INTEGER = 2**53 - 1

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class NotCanonical(ValueError):
    """A value that the subset has no bytes for: a float, a lone surrogate, an integer past 2^53 - 1."""


def encode(value: Any) -> bytes:
    """Keys by UTF-16 code unit, no spare white space, strings escaped as little as possible. Raises NotCanonical."""
    try:
        body = _text(value).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("a lone surrogate") from error
    if len(body) > MAX_BODY_BYTES:
        raise NotCanonical(f"{len(body)} bytes")
    return body


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds where there are any: `2026-05-11T12:34:56.789Z`."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return text.removesuffix(".000") + "Z"


def _text(value: Any) -> str:  # noqa: PLR0911 - one return for each kind of JSON value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonical("an integer past 2^53 - 1")
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, datetime):
        return _string(timestamp(value))
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_string(key)}:{_text(value[key])}" for key in keys) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    raise NotCanonical(f"a {type(value).__name__}")


def _string(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char) or (f"\\u{ord(char):04x}" if char < " " else char) for char in text) + '"'
