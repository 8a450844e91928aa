"""How many at a time, how many may wait, and who is still in there when the house closes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

PENDING = 2
"""So many times the slots may wait; more would only wait for their deadline (ADR 1)."""


class Gate:
    """One task per message, bounded and tracked: nats-py itself awaits callbacks one at a time."""

    def __init__(self, slots: int) -> None:
        self.slot = asyncio.Semaphore(slots)
        self.open = True
        self._limit = slots + PENDING * slots
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        """Whether whoever comes now must be sent elsewhere: no room, or closed."""
        return not self.open or len(self._tasks) >= self._limit

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts `work`, which takes the slot itself when it has got so far."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def __len__(self) -> int:
        return len(self._tasks)

    async def drain(self, grace: float) -> None:
        """Closes; waits `grace` seconds for those inside, then cancels them."""
        self.open = False
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)
