"""Large bodies, in parts that the receiver pulls (ADR 1).

Pulling is flow control and repair in one: no more than WINDOW parts are ever under way, and a lost part is asked for
again. It runs on a connection of its own, because one 12 MiB frame before them makes small requests wait 39 ms.
"""

import asyncio
import math
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from chassis.wire.frames import Parcel
from chassis.wire.leaving import leave

PART = 256 * 1024
"""Bytes of a part; the last one may be shorter."""

WINDOW = 4
"""Parts under way per body."""

LANES = 4
"""Bodies that one process receives at a time, so that 48 MiB is the most it holds half-read."""

PATIENCE = 0.5
"""Seconds without a part after which the missing ones are asked for again."""

SILENCE = 2.0
"""Seconds without a part after which its holder counts as dead."""

_INDEX = 4


class PartsLost(Exception):
    """The holder of a body fell silent before all of it was here."""


class _Inflow:
    """A body that is being received."""

    def __init__(self, size: int) -> None:
        self.parts: dict[int, bytes] = {}
        self.count = math.ceil(size / PART)
        self.asked = 0
        self.heard = asyncio.Event()

    def take(self, index: int, part: bytes) -> None:
        self.parts.setdefault(index, part)
        self.heard.set()

    def next(self) -> list[int]:
        """The parts to ask for now, so that WINDOW are under way."""
        first, self.asked = self.asked, min(self.count, len(self.parts) + WINDOW)
        return list(range(first, self.asked))

    def missing(self) -> list[int]:
        return [index for index in range(self.asked) if index not in self.parts]


class Depot:
    """Hands out the bodies held here, part by part, and fetches those that others hold."""

    def __init__(self, nc: Client, address: str) -> None:
        """`nc` carries parts and nothing else; `address` is a subject that the other side may publish below."""
        self._nc, self._address = nc, address
        self._held: dict[str, bytes] = {}
        self._inflows: dict[str, _Inflow] = {}
        self._lanes = asyncio.Semaphore(LANES)
        self._last = 0
        self._subscription: Subscription | None = None

    async def start(self) -> Self:
        self._subscription = await self._nc.subscribe(f"{self._address}.*", cb=self._hear)
        await self._nc.flush()
        return self

    async def stop(self) -> None:
        if self._subscription is not None:
            await leave([self._subscription])

    def hold(self, body: bytes) -> Parcel:
        """Keeps `body` to be fetched until `release`."""
        at = self._subject()
        self._held[at] = body
        return Parcel(at, len(body))

    def release(self, parcel: Parcel) -> None:
        self._held.pop(parcel.at, None)

    async def fetch(self, parcel: Parcel) -> bytes:
        """The whole body of `parcel`. Raises PartsLost after two seconds without a part."""
        async with self._lanes:
            at, inflow = self._subject(), _Inflow(parcel.size)
            self._inflows[at] = inflow
            try:
                while len(inflow.parts) < inflow.count:
                    await self._pull(parcel.at, at, inflow.next())
                    await self._listen(parcel.at, at, inflow)
            finally:
                del self._inflows[at]
        body = b"".join(inflow.parts[index] for index in range(inflow.count))
        if len(body) != parcel.size:
            raise PartsLost("the parts do not make the announced size")
        return body

    async def _listen(self, source: str, at: str, inflow: _Inflow) -> None:
        """Returns when another part is here."""
        for _ in range(int(SILENCE / PATIENCE)):
            try:
                async with asyncio.timeout(PATIENCE):
                    await inflow.heard.wait()
            except TimeoutError:
                await self._pull(source, at, inflow.missing())
            else:
                inflow.heard.clear()
                return
        raise PartsLost("the holder fell silent")

    async def _pull(self, source: str, at: str, indices: list[int]) -> None:
        for index in indices:
            await self._nc.publish(source, index.to_bytes(_INDEX, "big"), reply=at)

    async def _hear(self, message: Msg) -> None:
        index, part = int.from_bytes(message.data[:_INDEX], "big"), message.data[_INDEX:]
        inflow = self._inflows.get(message.subject)
        if inflow is not None and part:
            inflow.take(index, part)
            return
        body = self._held.get(message.subject)
        if body is not None and message.reply:
            start = index * PART
            chunk = memoryview(body)[start : start + PART]
            await self._nc.publish(message.reply, b"".join((message.data[:_INDEX], chunk)))

    def _subject(self) -> str:
        self._last += 1
        return f"{self._address}.{self._last}"
