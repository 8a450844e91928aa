"""Servers that behave badly on purpose, on loopback: for every test of a service that calls other people's servers."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import trustme

from chassis.outbound import Policy, judge

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does with a connection whose first request head has been read."""

LOOPBACK = frozenset({judge.read("127.0.0.1"), judge.read("::1")})


class Server:
    """One listening socket, and what arrived there."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connections = 0


@asynccontextmanager
async def serving(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Server]:
    """Runs `behaviour` for each request on a port of its own; connections are kept alive while it returns."""
    tasks: set[asyncio.Task[None]] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        served.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                served.heads.append(head)
                served.bodies.append(await reader.readexactly(_length(head)))
                await behaviour(reader, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            pass  # the client had enough, which is what most of these servers are for
        finally:
            writer.transport.abort()
            tasks.discard(task)

    listener = await asyncio.start_server(connection, host, 0, ssl=tls)
    served = Server(listener.sockets[0].getsockname()[1])
    try:
        yield served
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(body: bytes = b"ok", status: str = "200 OK", *headers: str) -> Behaviour:
    """A well-behaved answer."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"))
    return saying(head.encode() + b"\r\n" + body)


def saying(raw: bytes, *, then_close: bool = False) -> Behaviour:
    """Exactly these bytes."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if then_close:
            writer.close()

    return behave


def redirecting(location: str, status: str = "302 Found") -> Behaviour:
    return answering(b"", status, f"Location: {location}")


def endless(piece: bytes, *, start: bytes = b"HTTP/1.1 200 OK\r\n", pause: float = 0) -> Behaviour:
    """`start`, and then `piece` for ever."""

    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def silent() -> Behaviour:
    async def behave(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    return behave


def gzip_bomb(size: int = 50_000_000) -> Behaviour:
    return answering(gzip.compress(bytes(size)), "200 OK", "Content-Encoding: gzip")


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.pem = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.pem))

    def serves(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """A server's context with a certificate for `names`, which expires then."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        began = None if until is None else until - timedelta(days=90)
        self._ca.issue_cert(*names, not_before=began, not_after=until).configure_cert(context)
        return context


def a_policy(nameserver: str, authority: Authority | None = None, port: int | None = None) -> Policy:
    """The internet, stood in for by loopback: names resolve at `nameserver`, port 443 is dialled at `port`."""
    return Policy(
        loopback_addresses=LOOPBACK,
        nameservers=(nameserver,),
        extra_ca=authority.pem if authority else None,
        port_map={443: port} if port else {},
    )


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
