"""One connection to Redis on which commands follow each other without waiting; answers come back in their order.

Every request of the gateway waits for one of these. A command costs 5 µs here and 40 through redis-py's client, whose
pool, retries, health checks and stream reader serve no purpose for it; addresses and errors are redis-py's.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, Self, cast

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url
from redis.exceptions import ConnectionError as LineLost
from redis.exceptions import NoScriptError, ResponseError

PORT = 6379

_NOT_YET = object()


class Line(asyncio.Protocol):
    """From `open` until `close`, or until the other side is gone: `lost` tells."""

    def __init__(self) -> None:
        self.lost = False
        self._reader = hiredis.Reader(replyError=_refused, notEnoughData=_NOT_YET)
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls, url: str) -> Self:
        """`redis://`, `rediss://` or `unix://` as redis-py reads them. Raises OSError, or RedisError if refused."""
        where = parse_url(url)
        loop = asyncio.get_running_loop()
        if "path" in where:
            _, line = await loop.create_unix_connection(cls, where["path"])
        else:
            host, port = where.get("host", "localhost"), where.get("port", PORT)
            _, line = await loop.create_connection(cls, host, port, ssl=_tls(where))
        try:
            if where.get("password"):
                names = [where["username"]] if where.get("username") else []
                await line.say("AUTH", *names, where["password"])
            if where.get("db"):
                await line.say("SELECT", where["db"])
        except BaseException:
            line.close()
            raise
        return line

    def say(self, *command: str | bytes | int) -> asyncio.Future[Any]:
        """The answer to come; it raises RedisError where Redis refuses the command or is gone."""
        answer = self._loop.create_future()
        if self.lost:
            answer.set_exception(LineLost("the connection is closed"))
        else:
            self._waiting.append(answer)
            self._transport.write(hiredis.pack_command(command))  # type: ignore[arg-type] # its stubs know tuples of one
        return answer

    def close(self) -> None:
        """What still waits is told that the line was lost."""
        self._transport.abort()
        self.connection_lost(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while self._waiting and (said := self._reader.gets()) is not _NOT_YET:
            answer = self._waiting.popleft()
            if answer.done():
                continue
            if isinstance(said, ResponseError):
                answer.set_exception(said)
            else:
                answer.set_result(said)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        while self._waiting:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(LineLost(str(exc or "the connection was closed")))


def _refused(text: str) -> ResponseError:
    return NoScriptError(text) if text.startswith("NOSCRIPT") else ResponseError(text)


def _tls(where: Mapping[str, Any]) -> ssl.SSLContext | None:
    if where.get("connection_class") is not SSLConnection:
        return None
    return ssl.create_default_context(cafile=where.get("ssl_ca_certs"))
