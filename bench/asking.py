"""Sends given requests over keep-alive connections, one under way on each, and tells what came of it as JSON.

`python -m bench.asking` reads its `Task` from standard input: a process of its own, for requests with bodies, and for
chains in which each answer's refresh token is the next request's.
"""

import asyncio
import re
import sys
import time
from array import array
from typing import cast

import msgspec
import uvloop

WARM_SECONDS = 0.5

_LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)")
_REFRESH = re.compile(rb'"refresh_token":"([^"]+)"')


class Ask(msgspec.Struct, frozen=True):
    """One request; `{}` in the body of a chain is where the refresh token stands."""

    path: str
    headers: dict[str, str] = {}
    body: str | None = None
    token: str | None = None


class Task(msgspec.Struct, frozen=True):
    """Connection number i sends request number i, over and over."""

    port: int
    asks: list[Ask]
    connections: int
    seconds: float


class Found(msgspec.Struct, frozen=True):
    """Requests per second, times in milliseconds, and how many answers were refusals."""

    rate: float
    p50: float
    p99: float
    count: int
    wrong: int
    first_wrong: str


class Tally:
    """What all connections have seen; `times` in nanoseconds."""

    def __init__(self) -> None:
        self.times = array("q")
        self.wrong, self.first_wrong = 0, ""
        self.counting, self.going = False, True


class Connection(asyncio.Protocol):
    """Sends its next request as soon as the answer to the last is whole."""

    def __init__(self, task: Task, ask: Ask, tally: Tally) -> None:
        self._task, self._ask, self._tally = task, ask, tally
        self._token = (ask.token or "").encode()
        self._came = b""
        # Made once where every request is the same: on two cores the client's time is taken from what it measures.
        self._same = None if ask.token is not None else self._request()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = self._came.find(b"\r\n\r\n")
        length = _LENGTH.search(self._came, 0, head + 2) if head >= 0 else None
        if head < 0 or len(self._came) < head + 4 + (int(length[1]) if length else 0):
            return
        self._heard(self._came)
        self._came = b""
        if self._tally.going:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if self._tally.going:
            self._tally.wrong += 1

    def _heard(self, answer: bytes) -> None:
        tally = self._tally
        if answer[9:10] not in {b"2", b"3"}:
            tally.wrong += 1
            tally.first_wrong = tally.first_wrong or answer.decode(errors="replace")[:600]
            return
        if tally.counting:
            tally.times.append(time.perf_counter_ns() - self._sent)
        if self._ask.token is not None and (found := _REFRESH.search(answer)):
            self._token = found[1]

    def _send(self) -> None:
        request = self._same or self._request()
        self._sent = time.perf_counter_ns()
        self._transport.write(request)

    def _request(self) -> bytes:
        ask = self._ask
        body = b"" if ask.body is None else ask.body.encode().replace(b"{}", self._token)
        lines = [f"{'GET' if ask.body is None else 'POST'} {ask.path} HTTP/1.1", f"host: localhost:{self._task.port}"]
        lines += [f"{name}: {value}" for name, value in ask.headers.items()]
        if ask.body is not None:
            lines += ["content-type: application/x-www-form-urlencoded", f"content-length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def load(task: Task) -> Found:
    tally, loop = Tally(), asyncio.get_running_loop()
    for number in range(task.connections):
        ask = task.asks[number % len(task.asks)]
        await loop.create_connection(lambda ask=ask: Connection(task, ask, tally), "127.0.0.1", task.port)  # type: ignore[misc]
    await asyncio.sleep(WARM_SECONDS)
    tally.counting, began = True, time.perf_counter()
    await asyncio.sleep(task.seconds)
    tally.counting = False
    took = time.perf_counter() - began
    tally.going = False
    times = sorted(tally.times) or [0]
    p50, p99 = (times[int(len(times) * share)] / 1e6 for share in (0.5, 0.99))
    return Found(len(tally.times) / took, p50, p99, len(tally.times), tally.wrong, tally.first_wrong)


if __name__ == "__main__":
    told = uvloop.run(load(msgspec.json.decode(sys.stdin.buffer.read(), type=Task)))
    sys.stdout.buffer.write(msgspec.json.encode(told))
