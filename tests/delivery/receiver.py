"""A relying party's webhook endpoint: a real socket that notes what came and answers as it is told."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Came:
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are used up in order; then it is 200 for ever. None is given before `held` is set."""

    answers: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    delay: float = 0.0
    held: asyncio.Event | None = None
    body: bytes = b""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/hooks", self._hook)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def wait_for(self, count: int, seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while len(self.came) < count:
                await asyncio.sleep(0.01)

    async def _hook(self, request: web.Request) -> web.Response:
        self.came.append(Came({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        await asyncio.sleep(self.delay)
        if self.held is not None:
            await self.held.wait()
        answer = self.answers.pop(0) if self.answers else 200
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        return web.Response(status=status, headers=headers, body=self.body)
