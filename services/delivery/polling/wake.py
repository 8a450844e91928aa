"""Wakes long-polls: at once for what this process accepted, within half a second for what another one did.

One look at the ends of the logs serves all that wait, so a thousand waiting applications cost one statement.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress

from chassis.postgres import UNAVAILABLE, Database
from services.delivery.ground import QUEUE
from services.delivery.polling import store
from services.delivery.polling.store import End

LOOK_SECONDS = 0.5

MOST_OF_ONE = 20
"""Requests of one application that wait in this process: more than its streams, and few of the slots of all."""


class Waiting:
    """One reader's wait, which the end of its process cuts short."""

    def __init__(self, wake: "Wake", ending: asyncio.Event) -> None:
        self._wake, self._ending = wake, ending

    async def turns(self, client_id: str, seconds: float) -> AsyncIterator[None]:
        """One turn each time the log of this application may have grown, until the time is over.

        None for an application of which so many wait already: it is answered at once.
        """
        if self._wake.waiting(client_id) >= MOST_OF_ONE:
            return
        ends_at = time.monotonic() + seconds
        closing = asyncio.create_task(self._ending.wait())
        with self._wake.watching(client_id) as changed:
            try:
                while (left := ends_at - time.monotonic()) > 0 and not closing.done():
                    growing = asyncio.create_task(changed.wait())
                    await asyncio.wait({growing, closing}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                    growing.cancel()
                    if changed.is_set():
                        changed.clear()
                        yield
            finally:
                closing.cancel()


class Wake:
    """Who waits, and for which log; `run` looks for as long as the process lives."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._nudged = asyncio.Event()
        self._ends: dict[str, End] = {}

    async def run(self) -> None:
        self._db.on_nudge(self._nudged.set, QUEUE)
        try:
            while True:
                self._nudged.clear()
                if self._waiting:
                    with suppress(*UNAVAILABLE):
                        await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._nudged.wait()
        finally:
            self._db.off_nudge(self._nudged.set)

    def until(self, ending: asyncio.Event) -> Waiting:
        return Waiting(self, ending)

    def waiting(self, client_id: str) -> int:
        return len(self._waiting.get(client_id, ()))

    @contextmanager
    def watching(self, client_id: str) -> Iterator[asyncio.Event]:
        """Set each time the log of this application may have grown."""
        changed = asyncio.Event()
        self._waiting.setdefault(client_id, set()).add(changed)
        try:
            yield changed
        finally:
            self._waiting[client_id].discard(changed)
            if not self._waiting[client_id]:
                del self._waiting[client_id]

    async def _look(self) -> None:
        """Also the first sight of a log is a change: the event may have come between the reader's look and its wait."""
        clients = sorted(self._waiting)
        found = await store.ends(self._db, clients)
        for client_id in clients:
            end = found.get(client_id, End())
            if self._ends.get(client_id) != end:
                for waiting in self._waiting.get(client_id, ()):
                    waiting.set()
            self._ends[client_id] = end
        self._ends = {client_id: end for client_id, end in self._ends.items() if client_id in self._waiting}
