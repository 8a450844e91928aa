"""Runs an ASGI app on one request frame and gathers what it sends into one reply.

`exchange(scope)` is what an app may know beyond HTTP: who calls, how long is left, whether the house is closing.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import msgspec

from chassis.problems import InvalidRequest
from chassis.wire import paths
from chassis.wire.frames import BODY_LIMIT, Headers, Reply, Request
from chassis.wire.refusals import ReplyTooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Any]
"""An ASGI app; its three arguments are typed differently by every framework."""

KEY = "logi"
"""Where the Exchange stands in the scope."""


class Exchange(msgspec.Struct, frozen=True):
    """What came with a request beside HTTP."""

    principal: bytes
    """Encoded by contracts.principal; empty where the gateway resolves none."""
    request_id: str | None
    deadline: float
    """On the scale of time.monotonic()."""
    ending: asyncio.Event
    """Set when the process drains: a long-poll answers at once with what it has."""

    def state(self) -> dict[str, Any]:
        """A new `scope["state"]`: what chassis.web looks for there."""
        state: dict[str, Any] = {"principal": self.principal}
        if self.request_id is not None:
            state["request_id"] = self.request_id
        return state

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.deadline - time.monotonic())


class _Overflow(Exception):
    """The app sent more than may travel."""


class _Conversation:
    """The two callables of one ASGI call, and what was said."""

    __slots__ = ("_body", "_complete", "_gone", "_length", "_sent_body", "headers", "status")

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._gone: asyncio.Future[None] | None = None
        self._sent_body: list[bytes] = []
        self._length = 0
        self._complete = False
        self.status = 0
        self.headers: Headers = []

    async def receive(self) -> Message:
        """The body first; after it nothing until the reply is complete, because a Stream ends early on a disconnect."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self._complete:
            if self._gone is None:
                self._gone = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._gone)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = _pairs(message.get("headers", ()))
        elif message["type"] == "http.response.body" and not self._complete:
            self._add(message.get("body", b""))
            if not message.get("more_body", False):
                self._complete = True
                if self._gone is not None and not self._gone.done():
                    self._gone.set_result(None)

    def _add(self, chunk: bytes) -> None:
        if chunk:
            self._length += len(chunk)
            if self._length > BODY_LIMIT:
                raise _Overflow
            self._sent_body.append(bytes(chunk))

    def reply(self, *, head: bool) -> Reply:
        if not self._complete:
            raise RuntimeError("the app returned before its response was complete")
        body = b"" if head else b"".join(self._sent_body)
        return Reply(self.status, self.headers, body)

    @property
    def overflowed(self) -> bool:
        return self._length > BODY_LIMIT


async def run(app: App, request: Request, exchange: Exchange) -> Reply:
    """The app's whole reply, its background tasks included.

    Raises InvalidRequest for an ambiguous path, ReplyTooLarge, and whatever the app raises.
    """
    try:
        scope = _scope(request, exchange)
    except paths.PathRefused as error:
        raise InvalidRequest(f"This path can be read in two ways: {error}.") from error
    conversation = _Conversation(request.body)
    try:
        await app(scope, conversation.receive, conversation.send)
    except Exception:
        # A framework may wrap our exception in one of its own, or answer it: the length is what counts.
        if not conversation.overflowed:
            raise
    if conversation.overflowed:
        raise ReplyTooLarge
    return conversation.reply(head=request.method == "HEAD")


def exchange(scope: Any) -> Exchange:
    """What came with this request. Raises KeyError where the app is served by something that gives none."""
    found: Exchange = scope[KEY]
    return found


def directly(app: App, principal: bytes = b"", ending: asyncio.Event | None = None) -> App:
    """The app as an ordinary server would run it, each request with the same principal: for tests and comparisons."""
    closing = ending or asyncio.Event()

    async def wrapped(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope[KEY] = came = Exchange(principal, None, time.monotonic() + 30, closing)
            scope.setdefault("state", {}).update(came.state())
        await app(scope, receive, send)

    return wrapped


def _scope(request: Request, exchange: Exchange) -> Scope:
    host, _, port = request.host.rpartition(":")
    if not host or not port.isdigit():
        host, port = request.host, "443" if request.scheme == "https" else "80"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": paths.decode(request.path),
        "raw_path": request.path,
        "query_string": request.query,
        "root_path": "",
        "headers": request.headers,
        "client": (request.client, 0),
        "server": (host, int(port)),
        "state": exchange.state(),
        KEY: exchange,
    }


def _pairs(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return [(bytes(name), bytes(value)) for name, value in headers]
