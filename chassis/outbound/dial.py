"""The connection itself: to the judged address, with the name only in SNI and `Host`.

aiohttp is given URLs whose host is the judged address, so its pool is keyed by address and server name, and
this connector, which resolves nothing, is the only way out.
"""

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

from chassis import trace
from chassis.outbound.failures import ConnectFailed, ConnectionReset, ConnectTimeout, TlsInvalid, TooLarge
from chassis.outbound.journey import Journey, journey

HEAD_BYTES = 32 * 1024
"""Status line and headers of an answer, interim ones (1xx) included."""

IDLE_SECONDS = 4.0
"""How long a connection waits for its owner's next request; common servers close theirs after 5."""


def tls_context(extra_ca: Path | None) -> ssl.SSLContext:
    """Verification of certificate and name always on, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if extra_ca is not None:
        context.load_verify_locations(extra_ca)
    return context


class Wire(ResponseHandler):
    """One connection: counts the head of each answer and keeps what we report of the peer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.certificate_expires: datetime | None = None
        self._journey: Journey | None = None
        self._head_bytes = 0
        self._head_complete = False

    def set_response_params(self, **params: Any) -> None:
        """Called once per request, in the requester's context, on new and on reused connections alike."""
        self._journey, self._head_bytes, self._head_complete = journey.get(), 0, False
        self._journey.connected = self._loop.time()
        self._journey.certificate_expires = self.certificate_expires
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if self._journey is not None and self._journey.first_byte is None:
            self._journey.first_byte = self._loop.time()
        transport = self.transport
        super().data_received(data)
        if not self._head_complete:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self.set_exception(TooLarge(f"head beyond {HEAD_BYTES} bytes"))
                if transport is not None:
                    transport.abort()

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        self._head_complete = data[0].code >= 200
        super().feed_data(data, size)


class Dialler(aiohttp.BaseConnector):
    """Opens connections to literal addresses and to nothing else."""

    def __init__(self, tls: ssl.SSLContext, *, reuse: bool) -> None:
        if reuse:
            super().__init__(keepalive_timeout=IDLE_SECONDS, limit=0)
        else:
            super().__init__(force_close=True, limit=0)
        self._tls = tls

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],  # noqa: ARG002 - aiohttp's signature
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - likewise
    ) -> ResponseHandler:
        try:
            async with asyncio.timeout(timeout.sock_connect):
                return await self._open(req.url.raw_host or "", req.port or 0, req)
        except TimeoutError as error:
            raise ConnectTimeout(f"{req.url.raw_host}") from error

    async def _open(self, address: str, port: int, req: aiohttp.ClientRequest) -> Wire:
        loop, current = self._loop, journey.get()
        began = loop.time()
        with trace.span("outbound.dial"):
            sock = await _connect(loop, address, port)
        current.dial = loop.time() - began
        wire = Wire(loop)
        if not req.is_ssl():
            await loop.create_connection(lambda: wire, sock=sock)
            return wire
        began = loop.time()
        try:
            with trace.span("outbound.tls"):
                transport, _ = await loop.create_connection(
                    lambda: wire, sock=sock, ssl=self._tls, server_hostname=req.server_hostname
                )
        except ssl.SSLError as error:  # a CertificateError is one
            raise TlsInvalid(str(error)) from error
        except OSError as error:
            raise ConnectionReset(f"during the TLS handshake: {error}") from error
        current.tls = loop.time() - began
        wire.certificate_expires = _expiry(transport)
        return wire


async def _connect(loop: asyncio.AbstractEventLoop, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, (address, port))
    except OSError as error:
        sock.close()
        raise ConnectFailed(str(error)) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _expiry(transport: asyncio.BaseTransport) -> datetime | None:
    session = transport.get_extra_info("ssl_object")
    certificate = session.getpeercert() if session is not None else None
    if not certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
