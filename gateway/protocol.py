"""HTTP/1.1 as strictly as the edge needs it: bounded heads, a clock for slow ones, no second reading of a target.

uvicorn bounds none of these; llhttp already refuses two Content-Length, one beside a chunked body, folded headers,
a lone CR or LF and a space before the colon.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from chassis.problems import Problem, TemporarilyUnavailable
from gateway import ids, metering
from gateway.cycle import Cycle
from gateway.refusals import Asked, HeadersAmbiguous, HeadersTooLarge, render

HEAD_LIMIT = 32 * 1024
"""Bytes of request line and headers; cookies and DPoP proofs together stay below 16 KiB."""

HEAD_SECONDS = 10.0
"""From the first byte, or the connection, until the head is whole: a slow one holds a connection no longer."""

MARGIN = 2
"""uvicorn's own limit is so much higher than ours, and never reached: its 503 has neither id nor envelope."""

LINK = "logi.link"
"""Where the Link stands in the scope."""


class Link:
    """Ties the exchange that a connection is working on to its client: who hangs up, cancels it."""

    __slots__ = ("gone", "task", "whole")

    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None
        self.gone = False
        self.whole = False
        """Whether all of the newest request has come, its body included."""

    def cut(self) -> None:
        self.gone = True
        if self.task is not None:
            self.task.cancel()


class Strict(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._link = Link()
        self._working: RequestResponseCycle | None = None
        # `_turned`: within what came last a message began or ended, so it was not all of one head.
        self._heading, self._turned = True, False
        self._fed = self._head = 0
        self._refusal: Problem = HeadersAmbiguous("The request cannot be read as HTTP/1.1.")
        self._clock: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        if self._working is not None and not self._working.response_complete:
            # uvicorn tells only the newest, which may wait behind this one.
            self._working.disconnected = True
        super().connection_lost(exc)
        self._link.cut()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._heading or self.transport.is_closing():
            return
        if self._turned:
            self._turned = False
        else:
            self._fed += len(data)
            if self._fed > HEAD_LIMIT:
                self._refuse(HeadersTooLarge())
                return
        if self._clock is None and (self._fed or self._head or self.timeout_keep_alive_task is None) and self._idle():
            self._clock = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[LINK] = self._link
        self._turned, self._fed, self._head = True, 0, 0
        self._link.whole = False

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + 4)
        if not self._heading:
            # A trailer: proxies judge headers and let trailers through, so none may pass for one (RFC 9110 6.5.1).
            return
        super().on_header(name, value)
        if name.lower() == b"transfer-encoding" and value.lower() != b"chunked":
            # llhttp finds this out only after the request has begun.
            raise self._refusal

    def on_headers_complete(self) -> None:
        self._heading = False
        self._stop_clock()
        if not self.url.startswith(b"/"):
            # An absolute target names a host of its own beside the Host header (RFC 9112 section 3.2.2).
            self._refusal = HeadersAmbiguous("The request target is a path.")
            raise self._refusal
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise self._refusal
        limit = self.config.limit_concurrency
        if limit is not None and max(len(self.connections), len(self.tasks)) > limit - MARGIN:
            self._refusal = TemporarilyUnavailable("Too many connections.", headers={"retry-after": "1"})
            raise self._refusal
        upgrading = self.parser.should_upgrade()
        if upgrading and any(name in (b"content-length", b"transfer-encoding") for name, _ in self.headers):
            # The parser takes what follows for another protocol, and the body would be lost.
            raise self._refusal
        super().on_headers_complete()
        # uvicorn makes its own, which nobody has used yet, and asks for no other.
        self.cycle.__class__ = Cycle
        if upgrading:
            # We stay with HTTP/1.1, which a server may (RFC 9110 section 7.8), but the parser does not read on.
            self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._working = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_complete(self) -> None:
        self._heading, self._turned, self._fed, self._head = True, True, 0, 0
        self._link.whole = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - ours says more
        self._refuse(self._refusal)

    def _idle(self) -> bool:
        """Nothing is being answered, so nothing else bounds this connection."""
        return not self._answering() or self._head > 0

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_LIMIT:
            self._refusal = HeadersTooLarge()
            raise self._refusal

    def _too_slow(self) -> None:
        self._clock = None
        metering.unreadable.add(1, {"why": "slow"})
        self.transport.close()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _refuse(self, problem: Problem) -> None:
        """Says why and hangs up; says nothing where an earlier request's answer must come first."""
        metering.unreadable.add(1, {"why": problem.code})
        self._stop_clock()
        if not self._answering():
            request_id = ids.new()
            headers, body = render(problem, Asked(), "", request_id)
            headers += [
                (b"content-length", str(len(body)).encode()),
                (b"x-logi-request-id", request_id.encode()),
                (b"connection", b"close"),
            ]
            lines = b"".join(b"%b: %b\r\n" % pair for pair in [*self.server_state.default_headers, *headers])
            self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[problem.status], lines, body))
        self.transport.close()
