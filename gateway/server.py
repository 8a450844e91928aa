"""The public socket: uvicorn with our stricter protocol, started and drained by the life of the process."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from gateway.protocol import MARGIN, Strict

KEEP_ALIVE_SECONDS = 20
"""An idle connection is kept so long; an ingress that keeps its own longer simply opens a new one."""

DRAIN_SECONDS = 7
"""Exchanges in flight get this long; life gives all draining eight."""

BACKLOG = 2048


class Serving:
    """`app` on host and port from `start` until `drain`; port 0 takes a free one, which `port` then tells."""

    def __init__(self, app: Any, host: str, port: int, connections: int = 4096) -> None:
        self._address = (host, port)
        self.port = port
        config = uvicorn.Config(
            app,
            http=Strict,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=connections + MARGIN,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            backlog=BACKLOG,
        )
        # Every unreadable request would be a warning, which anybody could write into our logs; it is counted instead.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises OSError where the port is taken."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        listening = socket.create_server(self._address, family=family, backlog=BACKLOG)
        listening.setblocking(False)
        self.port = listening.getsockname()[1]
        self._task = asyncio.create_task(self._server.serve([listening]), name="http")
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)

    async def ping(self) -> None:
        """Raises ConnectionError while nobody listens."""
        if self._task is None or self._task.done() or self._server.should_exit:
            raise ConnectionError("the public port is closed")

    async def drain(self) -> None:
        """Accepts nothing more, finishes what is in flight."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    stop = drain


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to life, which owns the rest of the process."""
        yield
