"""How one exchange is answered: in a single write. uvicorn writes the head and then the body, which costs the gateway a
system call more and wakes the client twice.
"""

from itertools import chain
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from gateway.headers import Pairs

_BODYLESS = frozenset({204, 304})

_CONTROLS = bytes([*range(0x09), *range(0x0A, 0x20), 0x7F])
_NOT_IN_NAMES = _CONTROLS + b'\t ()<>@,;:\\"[]={}'


class HeaderUnsafe(Exception):
    """A header that would end early and begin another one, or the body."""


class Cycle(RequestResponseCycle):
    """uvicorn's, for an app that sends a start with its Content-Length, and then one body."""

    _start: Any = None

    async def send(self, message: Any) -> None:
        """Raises HeaderUnsafe, having sent nothing."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        status = self._start["status"]
        if self.waiting_for_100_continue:
            # The body may come all the same or never: what follows could be either it or another request.
            self.keep_alive = False
        head = self._head(status, [*self.default_headers, *self._start["headers"]])
        self.response_started, self.waiting_for_100_continue = True, False
        bare = self.scope["method"] == "HEAD" or status in _BODYLESS
        self.transport.write(head if bare else head + message["body"])
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _head(self, status: int, headers: Pairs) -> bytes:
        if _holds(b"".join([name for name, _ in headers]), _NOT_IN_NAMES):
            raise HeaderUnsafe("a name")
        if _holds(b"".join([value for _, value in headers]), _CONTROLS):
            raise HeaderUnsafe("a value")
        if (b"connection", b"close") in headers:
            self.keep_alive = False
        elif not self.keep_alive:
            headers.append((b"connection", b"close"))
        lines = chain.from_iterable([(name, b": ", value, b"\r\n") for name, value in headers])
        return b"".join([STATUS_LINE[status], *lines, b"\r\n"])


def _holds(text: bytes, forbidden: bytes) -> bool:
    """Whether any of these bytes is in it; four times as fast as a regular expression."""
    return len(text.translate(None, forbidden)) != len(text)
