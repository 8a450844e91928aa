"""Stands where the gateway stands in a test that calls a service's app directly: gives each request its principal."""

import base64
from typing import Any

import httpx

from contracts import principal
from contracts.principal import Principal

HEADER = "x-test-principal"


def behind(app: Any) -> Any:
    """The app, believing the principal that a test request carries as `as_caller` wrote it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            for name, value in scope["headers"]:
                if name == HEADER.encode():
                    state["principal"] = base64.b64decode(value)
        await app(scope, receive, send)

    return wrapped


def as_caller(caller: Principal) -> dict[str, str]:
    """Headers that make `behind` believe that `caller` calls."""
    return {HEADER: base64.b64encode(principal.encode(caller)).decode()}


def client(app: Any) -> httpx.AsyncClient:
    """A client of the app in this very loop; Litestar's own test client runs it in another."""
    transport = httpx.ASGITransport(behind(app), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")
