"""A small service of chassis.web, in which the tests see what reaches a service and send what a service may send."""

import asyncio
import base64
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from chassis import web
from chassis.web.refusals import Refusals
from chassis.wire.serve import Pool
from contracts.routes import RouteTable

POOLS = (Pool("web", 32),)

Asked = Request[Any, Any, Any]


class Seen(msgspec.Struct):
    """What a service learns of a request."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    client: str
    scheme: str
    host: str
    principal: str
    body: str


class Shop:
    """The app, and what its tests count and change."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.version = 1
        self.failing = False
        self.document_headers = {"cache-control": "public, max-age=60"}
        self.document_requests: list[Seen] = []
        self.cancelled = asyncio.Event()
        self.begun = asyncio.Event()
        handlers = [getattr(self, name)() for name in dir(self) if name.startswith("route_")]
        self._app = web.application("shop", handlers, Refusals("http://shop.test"), state={})
        self.table: RouteTable = web.table(self._app, "shop")

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Litestar, but for what it would not say itself."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = [(b"access-control-allow-origin", b"https://rp.example")]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        elif scope["type"] == "http" and scope["path"] == "/splitting":
            headers = [(b"location", b"/a\r\nset-cookie: stolen=1")]
            await send({"type": "http.response.start", "status": 302, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, send)

    def count(self, what: str) -> None:
        self.calls[what] = self.calls.get(what, 0) + 1

    def route_echo(self) -> Any:
        @web.get("/echo", credentials=("none",), rate="none")
        async def echo(request: Asked) -> Response[Seen]:
            return Response(await seen(request), headers={"keep-alive": "5", "x-logi-request-id": "theirs"})

        return echo

    def route_post(self) -> Any:
        @web.post("/echo", credentials=("none",), rate="none", body_limit=100_000)
        async def post_echo(request: Asked) -> Seen:
            return await seen(request)

        return post_echo

    def route_who(self) -> Any:
        @web.get("/who", credentials=("session", "pak", "access_token", "none"), rate="none")
        async def who(request: Asked) -> Seen:
            return await seen(request)

        return who

    def route_change(self) -> Any:
        @web.post("/who", credentials=("session", "pak", "none"), rate="none")
        async def change(request: Asked) -> Seen:
            return await seen(request)

        return change

    def route_own(self) -> Any:
        @web.post("/token", credentials=("own",), rate="token")
        async def token(request: Asked) -> Response[dict[str, str]]:
            form = await request.form()
            return Response({}, status_code=200 if form.get("client_secret") == "right" else 401)

        return token

    def route_tight(self) -> Any:
        @web.get("/items/tight", credentials=("none",), rate="tight")
        async def tight() -> str:
            return "tight"

        return tight

    def route_polled(self) -> Any:
        @web.get("/polled", credentials=("client",), rate="events")
        async def polled() -> str:
            return "polled"

        return polled

    def route_item(self) -> Any:
        @web.get("/items/{name:str}", credentials=("none",), rate="none")
        async def item(name: FromPath[str]) -> str:
            return name

        return item

    def route_managed(self) -> Any:
        @web.get("/api/things", credentials=("access_token", "none"), rate="management", face="second")
        async def managed() -> str:
            return "managed"

        return managed

    def route_document(self) -> Any:
        @web.get("/document", credentials=("none",), rate="none", cached=True, cors=True)
        async def document(request: Asked) -> Response[str]:
            self.count("document")
            self.document_requests.append(await seen(request))
            if self.failing:
                return Response("broken", status_code=500)
            etag = f'"v{self.version}"'
            headers = {**self.document_headers, "etag": etag}
            if request.headers.get("if-none-match") == etag:
                return Response("", status_code=304, headers=headers)
            return Response(f"version {self.version} " + "x" * 2000, headers=headers, media_type="text/plain")

        return document

    def route_sized(self) -> Any:
        @web.get("/sized", credentials=("none",), rate="none")
        async def sized(
            size: FromQuery[int], store: FromQuery[bool] = True, cookie: FromQuery[bool] = False
        ) -> Response[str]:
            headers = {"cache-control": "private" if store else "no-store", "etag": '"one"'}
            response = Response("x" * size, headers=headers, media_type="text/plain")
            if cookie:
                response.set_cookie("a", "1")
                response.set_cookie("b", "2")
            return response

        return sized

    def route_slow(self) -> Any:
        @web.get("/slow", credentials=("none",), rate="none", timeout_ms=500)
        async def slow(seconds: FromQuery[float]) -> str:
            self.begun.set()
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
            return "slow"

        return slow

    def route_patient(self) -> Any:
        @web.get("/patient", credentials=("none",), rate="none")
        async def patient(seconds: FromQuery[float]) -> str:
            self.begun.set()
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
            return "patient"

        return patient

    def route_page(self) -> Any:
        @web.get("/page", credentials=("none",), rate="tight", face="page")
        async def page() -> Response[str]:
            return Response("<p>", media_type="text/html", headers={"content-security-policy": "default-src 'self'"})

        return page

    def route_splitting(self) -> Any:
        @web.get("/splitting", credentials=("none",), rate="none")
        async def splitting() -> str:
            return ""

        return splitting


async def seen(request: Asked) -> Seen:
    scope: Any = request.scope
    return Seen(
        method=request.method,
        path=scope["path"],
        query=scope["query_string"].decode(),
        headers=[(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]],
        client=scope["client"][0],
        scheme=scope["scheme"],
        host=scope["server"][0],
        principal=base64.b64encode(scope["state"].get("principal", b"")).decode(),
        body=(await request.body()).decode("latin-1"),
    )
