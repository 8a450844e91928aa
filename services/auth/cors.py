"""Cross-origin answers for pure browser clients: only from web origins of registered redirect URIs, no credentials.

It wraps the whole app, because a preflight has no route of its own.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from contracts.routes import RouteTable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Registered = Callable[[str], Awaitable[bool]]
"""Whether some app has a redirect URI of this web origin."""

LONGEST_ORIGIN = 300
PREFLIGHT_SECONDS = b"600"
HEADERS = b"authorization, content-type, dpop"
EXPOSED = b"www-authenticate, x-logi-request-id, x-logi-scope-drift, x-logi-console-url, dpop-nonce, retry-after"


class Cors:
    """An ASGI app around another one."""

    def __init__(self, app: Any, table: RouteTable, registered: Registered) -> None:
        self._app, self._registered = app, registered
        crossing = [route for route in table.routes if route.cors]
        self._methods = {
            path: _methods(route.method for route in crossing if route.path == path)
            for path in {route.path for route in crossing}
        }
        # Whoever keeps one of these, for whomever, has to know that other origins are answered otherwise.
        self._kept = {route.path for route in crossing if route.cached}

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        origin = _header(scope, b"origin") if scope["type"] == "http" else None
        methods = self._methods.get(scope.get("path", ""))
        if methods is None or (origin is None and scope["path"] not in self._kept):
            await self._app(scope, receive, send)
            return
        allowed = [] if origin is None else await self._allowed(origin)
        if scope["method"] == "OPTIONS" and _header(scope, b"access-control-request-method") is not None:
            await _preflight(send, allowed, methods)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *allowed, (b"vary", b"Origin")]
                if allowed:
                    message["headers"].append((b"access-control-expose-headers", EXPOSED))
            await send(message)

        await self._app(scope, receive, sending)

    async def _allowed(self, origin: bytes) -> list[tuple[bytes, bytes]]:
        text = origin.decode("latin-1")
        if len(text) > LONGEST_ORIGIN or "\x00" in text or not await self._registered(text):
            return []
        return [(b"access-control-allow-origin", origin)]


async def _preflight(send: Any, allowed: list[tuple[bytes, bytes]], methods: bytes) -> None:
    """204 either way; without the headers the browser goes no further."""
    headers = [*allowed, (b"vary", b"Origin")]
    if allowed:
        headers += [
            (b"access-control-allow-methods", methods),
            (b"access-control-allow-headers", HEADERS),
            (b"access-control-max-age", PREFLIGHT_SECONDS),
        ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _methods(found: Iterable[str]) -> bytes:
    return ", ".join(sorted(set(found))).encode()


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope.get("headers", ()) if key == name), None)
