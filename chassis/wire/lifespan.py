"""Tells an ASGI app that it begins and that it ends, as a web server would."""

import asyncio
from typing import Any, Self

from chassis.wire.asgi import App


class StartupFailed(Exception):
    """The app refused to begin; the message is its own."""


class Lifespan:
    """One start and one end of an app; an app that knows no lifespan is left alone."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> Self:
        """Raises StartupFailed."""
        self._task = asyncio.create_task(self._run())
        await self._tell("lifespan.startup")
        return self

    async def stop(self) -> None:
        if self._task is not None and not self._task.done():
            await self._tell("lifespan.shutdown")
            await self._task

    async def _tell(self, kind: str) -> None:
        self._said.put_nowait({"type": kind})
        answer = await self._heard.get()
        if answer["type"].endswith(".failed"):
            raise StartupFailed(answer.get("message", ""))

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._app(scope, self._said.get, self._heard.put)
        except Exception as error:  # noqa: BLE001 - the ASGI way of saying "I know no lifespan" is any exception
            self._heard.put_nowait({"type": "lifespan.unknown", "why": repr(error)})
        else:
            self._heard.put_nowait({"type": "lifespan.over"})
