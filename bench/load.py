"""Loads one URL over keep-alive connections, each with one request under way, and tells what came of it as JSON.

`python -m bench.load PORT PATH CONNECTIONS SECONDS`: a process of its own, so that it shares no loop with what it
measures.
"""

import asyncio
import json
import sys
import time
from array import array
from typing import cast

import uvloop

WARM_SECONDS = 0.3
"""Not counted: connections are opened, code paths are run for the first time."""


class Tally:
    """What all connections of one run have seen; `times` in nanoseconds."""

    def __init__(self) -> None:
        self.times = array("q")
        self.wrong = 0
        self.counting = False
        self.going = True


class Connection(asyncio.Protocol):
    """Sends the same request again as soon as its answer is whole."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request, self._tally = request, tally
        self._came = b""
        self._sent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = self._came.find(b"\r\n\r\n")
        if head < 0 or len(self._came) < head + 4 + _length(self._came):
            return
        tally = self._tally
        if not self._came.startswith(b"HTTP/1.1 200"):
            tally.wrong += 1
        elif tally.counting:
            tally.times.append(time.perf_counter_ns() - self._sent)
        self._came = b""
        if tally.going:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if self._tally.going:
            self._tally.wrong += 1

    def _send(self) -> None:
        self._sent = time.perf_counter_ns()
        self._transport.write(self._request)


def _length(answer: bytes) -> int:
    """Content-Length of the answer; whoever is loaded here sends one."""
    at = answer.find(b"content-length: ")
    return int(answer[at + 16 : answer.find(b"\r", at)])


async def load(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Requests per second, times in milliseconds, and how many answers were no 200."""
    request = f"GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: */*\r\n\r\n".encode()
    tally, loop = Tally(), asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(request, tally), "127.0.0.1", port)
    await asyncio.sleep(WARM_SECONDS)
    tally.counting, began = True, time.perf_counter()
    await asyncio.sleep(seconds)
    tally.counting, tally.going = False, False
    took = time.perf_counter() - began
    times = sorted(tally.times) or [0]
    p50, p99 = (times[int(len(times) * share)] / 1e6 for share in (0.5, 0.99))
    return {"rate": len(tally.times) / took, "p50": p50, "p99": p99, "count": len(tally.times), "wrong": tally.wrong}


if __name__ == "__main__":
    port, path, connections, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(load(int(port), path, int(connections), float(seconds)))))
