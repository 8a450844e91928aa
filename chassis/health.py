"""The private port: /livez, /readyz and /metrics, for Kubernetes and Prometheus, never for the public."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[Mapping[str, str]]]
"""Answers what is not ready and why; empty when all is well."""


class Health:
    """Serves the three documents until stopped; `ready` is asked afresh each time."""

    def __init__(self, host: str, port: int, ready: Check) -> None:
        self._ready = ready
        config = uvicorn.Config(
            self._app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            interface="asgi3",  # left to guess, uvicorn takes a bound method for ASGI 2
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)

    async def serve(self) -> None:
        await self._server.serve()

    def stop(self) -> None:
        self._server.should_exit = True

    async def _app(self, scope: Any, _: Any, send: Any) -> None:
        status, kind, body = await self._answer(scope["path"])
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, path: str) -> tuple[int, bytes, bytes]:
        if path == "/livez":
            return 200, b"text/plain", b"alive\n"
        if path == "/readyz":
            missing = await self._ready()
            return 503 if missing else 200, b"application/json", msgspec.json.encode({"missing": missing})
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST.encode(), generate_latest()
        return 404, b"text/plain", b"not found\n"


class _Server(uvicorn.Server):
    def capture_signals(self) -> Any:
        """Signals belong to life, which also owns the rest of the process."""
        from contextlib import nullcontext  # noqa: PLC0415

        return nullcontext()
