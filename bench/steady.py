"""Changes at a steady rate, whatever comes back: an open loop, and when each commit was sent off.

A change is due at its time even where the one before has not ended, so that a stall shows as latency of all that it
held up.
"""

import asyncio
import time
from array import array
from collections.abc import Awaitable, Callable
from pathlib import Path

from chassis.postgres import Database, Tx

Change = Callable[[Tx, int], Awaitable[None]]
"""Writes change `number` into the transaction."""


class Steady:
    """Makes `count` changes, `rate` a second, and leaves the times in the file `results`.

    They are nanoseconds of the monotonic clock, by number.
    """

    def __init__(self, db: Database, change: Change, *, rate: int, count: int, results: str) -> None:
        self._db, self._write, self._rate, self._results = db, change, rate, Path(results)
        self._times = array("q", [0] * count)
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        began = time.monotonic()
        for number in range(len(self._times)):
            if (ahead := began + number / self._rate - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            task = asyncio.create_task(self._change(number))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        await asyncio.gather(*self._open)
        await asyncio.to_thread(self._tell)

    async def _change(self, number: int) -> None:
        async with self._db.transaction() as tx:
            await self._write(tx, number)
            # Before the commit and not after it: what it takes to reach the disk counts.
            self._times[number] = time.monotonic_ns()

    def _tell(self) -> None:
        """The file has its name when it is whole."""
        unfinished = self._results.with_suffix(".new")
        unfinished.write_bytes(self._times.tobytes())
        unfinished.rename(self._results)
