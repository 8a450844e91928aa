"""What most routes answer, JSON of a struct: Litestar's own response spends a sixth of a request on what these lack."""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures.cookie import Cookie
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

T = TypeVar("T")

JSON = "application/json"
BODYLESS = frozenset({204, 304})

_encoder = msgspec.json.Encoder()


class Answer(Response[T]):
    """Sent at once where it is a struct, or JSON already; anything else, and cookies, go Litestar's way."""

    def to_asgi_response(  # type: ignore[override]
        self,
        app: None,
        request: Request[Any, Any, Any],
        *,
        cookies: Iterable[Cookie] | None = None,
        headers: dict[str, str] | None = None,
        media_type: str | None = None,
        status_code: int | None = None,
        **more: Any,
    ) -> "ASGIResponse | Written":
        status = self.status_code or status_code or 200
        written = isinstance(self.content, msgspec.Struct | bytes) and (self.media_type or media_type or JSON) == JSON
        if not written or self.cookies or cookies or self.background or status in BODYLESS:
            return super().to_asgi_response(
                app, request, cookies=cookies, headers=headers, media_type=media_type, status_code=status_code, **more
            )
        told = {**(headers or {}), **self.headers}
        pairs = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in told.items()]
        body = self.content if isinstance(self.content, bytes) else _encoder.encode(self.content)
        return Written(status, [(b"content-type", b"application/json"), *pairs], body)


class Written:
    """A whole response as an ASGI app."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status, self._headers, self._body = status, headers, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        length = (b"content-length", b"%d" % len(self._body))
        await send({"type": "http.response.start", "status": self._status, "headers": [*self._headers, length]})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
