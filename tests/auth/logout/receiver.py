"""An application's back-channel logout endpoint: a real socket that notes what came and answers as it is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class Listening:
    """`answers` are used up in order; then it is 200 for ever."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.tokens: list[str] = []
        self.uri = ""

    async def hear(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.tokens.append(str(form["logout_token"]))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    heard, application = Listening(), web.Application()
    application.router.add_post("/logout", heard.hear)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard.uri = f"http://127.0.0.1:{runner.addresses[0][1]}/logout"
    yield heard
    await runner.cleanup()
