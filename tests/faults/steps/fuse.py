"""A fuse between auth and its database: after a chosen statement of a transaction it kills the auth process."""

import asyncio
import contextlib
import os
import signal
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

TLS_ASKED = 80877103
"""The code of an SSLRequest, which like the start of a session has no type before its length."""

FOLDER = "LOGI_FUSE"
"""The variable that names the folder in which auth and its fuse tell each other where they are."""

MIDDLE = Path("fuse")
UPSTREAM = Path("postgres")
VICTIM = Path("auth")
"""Files of that folder: the fuse's port, that of Postgres, and the process id of auth."""


class Fuse:
    """Counts the statements of each transaction that auth runs, its begin and its commit included.

    The statement that blows it has reached Postgres: it takes effect there or not, as with any process that dies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blows_at = 0
        self.longest = 0
        """Statements of the longest transaction since it was armed."""
        self.blown = asyncio.Event()

    def arm(self, blows_at: int) -> None:
        """The first transaction that gets to this statement is the last one of its process."""
        self._blows_at, self.longest = blows_at, 0
        self.blown.clear()

    def disarm(self) -> None:
        self._blows_at = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Fuse"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        (self._folder / MIDDLE).write_text(str(server.sockets[0].getsockname()[1]))
        async with server:
            yield self

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        port = int((self._folder / UPSTREAM).read_text())
        replies, upstream = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(_copy(replies, answers))
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._forward(client, upstream)
        finally:
            upstream.close()
            back.cancel()
            answers.close()

    async def _forward(self, client: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        opening = await _message(client)
        while struct.unpack("!I", opening[4:8])[0] == TLS_ASKED:
            upstream.write(opening)
            opening = await _message(client)
        upstream.write(opening)
        number = 0
        while True:
            kind = await client.readexactly(1)
            message = await _message(client)
            upstream.write(kind + message)
            await upstream.drain()
            if kind not in {b"Q", b"E"}:
                continue
            said = message[4:] if kind == b"Q" else b""
            if number or said.startswith(b"BEGIN"):
                number += 1
                self._count(number)
            if said.startswith((b"COMMIT;", b"ROLLBACK;")):
                number = 0

    def _count(self, number: int) -> None:
        self.longest = max(self.longest, number)
        if number == self._blows_at:
            self._blows_at = 0
            os.kill(int((self._folder / VICTIM).read_text()), signal.SIGKILL)
            self.blown.set()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A message from its length on."""
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("!I", head)[0] - 4)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
