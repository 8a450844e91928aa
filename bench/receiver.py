"""Relying parties of the delivery benchmark: takes webhooks, notes when each event came, and answers 200 at once.

`python -m bench.receiver PORT FILE`. `/dead` answers 503 and `/slow` after ten seconds. On SIGUSR1 it writes what came
to the file: number and nanoseconds of the monotonic clock, one after the other.
"""

import asyncio
import signal
import sys
import time
from array import array
from pathlib import Path
from typing import cast

import uvloop

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
DOWN = b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n"
SLOW_SECONDS = 10.0

seen = array("q")


class Hook(asyncio.Protocol):
    """One connection; requests come one after the other, with Content-Length."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._came = b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (head := self._came.find(b"\r\n\r\n")) >= 0:
            lower = self._came[:head].lower()
            at = lower.find(b"content-length: ")
            length = 0 if at < 0 else int(lower[at + 16 :].split(b"\r", 1)[0])
            if len(self._came) < head + 4 + length:
                return
            request, self._came = self._came[: head + 4 + length], self._came[head + 4 + length :]
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        if request.startswith(b"POST /dead"):
            self._transport.write(DOWN)
        elif request.startswith(b"POST /slow"):
            asyncio.get_running_loop().call_later(SLOW_SECONDS, self._transport.write, OK)
        else:
            at = request.find(b"X-Logi-Event-Id: evt_")
            if at > 0:
                seen.extend((int(request[at + 21 : at + 47]), time.monotonic_ns()))
            self._transport.write(OK)


async def receive(port: int, results: Path) -> None:
    def tell() -> None:
        """Again and again if it is asked to; the file has its name when it is whole."""
        results.with_suffix(".new").write_bytes(seen.tobytes())
        results.with_suffix(".new").rename(results)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, tell)
    server = await asyncio.get_running_loop().create_server(Hook, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(receive(int(sys.argv[1]), Path(sys.argv[2])))
