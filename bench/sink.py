"""Accepts whatever is POSTed or asked of it: an OTLP collector without a memory, and the ceiling of the load client.

`python -m bench.sink PORT`.
"""

import asyncio
import sys
from typing import cast

import uvloop

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Accepting(asyncio.Protocol):
    """One connection; requests come one after the other, with Content-Length where they have a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (head := self._came.find(b"\r\n\r\n")) >= 0:
            at = self._came.lower().find(b"content-length: ", 0, head)
            length = 0 if at < 0 else int(self._came[at + 16 : self._came.find(b"\r", at)])
            if len(self._came) < head + 4 + length:
                return
            self._came = self._came[head + 4 + length :]
            self._transport.write(OK)


async def accept(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Accepting, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(accept(int(sys.argv[1])))
