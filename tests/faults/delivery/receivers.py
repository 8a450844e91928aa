"""The relying parties, in the test's own process: their ledger is what their sockets have read and answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SLOW_SECONDS = 2.0
NEVER_SECONDS = 60.0
"""Past the patience of any webhook."""

Way = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _never(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(NEVER_SECONDS)


async def _slowly(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(SLOW_SECONDS)
    writer.write(OK)
    await writer.drain()


def _with(answer: bytes) -> Way:
    async def way(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return way


WAYS: dict[str, tuple[Way, bool]] = {
    "slowly": (_slowly, True),
    "never": (_never, False),
    "garbage": (_with(b"\x00\xff\x16\x03garbage\r\n\r\n"), False),
    "half a response": (_with(b"HTTP/1.1 200 OK\r\ncontent-le"), False),
}
"""How a receiver answers the first attempt of each event, and whether it takes the event by that."""


@dataclass
class Receivers:
    """`came` counts every request that was read, `taken` those that were answered with 200."""

    port: int = 0
    came: Counter[int] = field(default_factory=Counter)
    taken: Counter[int] = field(default_factory=Counter)
    stalling: bool = False
    """While set, what comes is read and not answered."""
    open: set[asyncio.Task[None] | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(_header(head, b"content-length"))
                await reader.readexactly(length)
                await self._answer(head, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Whoever called has hung up or was killed, or the test is over.
            writer.close()
        finally:
            self.open.discard(asyncio.current_task())

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        number = int(_header(head, b"x-logi-event-id").removeprefix(b"evt_"))
        way = head.split(b" ", 2)[1].decode().removeprefix("/").replace("-", " ")
        self.came[number] += 1
        while self.stalling:
            await asyncio.sleep(0.05)
        badly = WAYS.get(way)
        if badly is not None and self.came[number] == 1:
            self.taken[number] += badly[1]
            await badly[0](writer)
            return
        self.taken[number] += 1
        writer.write(OK)
        await writer.drain()


def _header(head: bytes, name: bytes) -> bytes:
    return head.lower().partition(name + b": ")[2].partition(b"\r\n")[0]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receivers]:
    one = Receivers()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    yield one
    server.close()
    ending = [task for task in one.open if task is not None]
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
