"""Exchanges being worked on: when each must be over, and when its caller is next told that we live.

One task looks at all of them twenty times a second; a timer per exchange would cost every fast one.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

TICK = 0.05
"""Seconds between two looks."""

FIRST_WORD, NEXT_WORD = 0.25, 0.5
"""Seconds after which a caller first hears that its exchange is worked on, and then again each time."""

REMEMBERED = 2.0
"""Seconds that an exchange stays known as given up: a cancel may overtake it, being on another subscription."""


class Job:
    """One exchange, named by the subject its reply goes to."""

    __slots__ = ("began", "deadline", "pool", "reply_to", "task", "word_at")

    def __init__(self, reply_to: str, pool: str, deadline: float) -> None:
        self.reply_to, self.pool, self.deadline = reply_to, pool, deadline
        self.word_at = time.monotonic() + FIRST_WORD
        self.began = False
        self.task: asyncio.Task[None] | None = None


class Jobs:
    """All of this process, by the subject of their reply."""

    def __init__(self, say_working: Callable[[Job], Awaitable[None]]) -> None:
        self._say_working = say_working
        self._jobs: dict[str, Job] = {}
        self._through: dict[str, float] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._watch = asyncio.create_task(self._look())

    async def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch

    def add(self, job: Job, task: asyncio.Task[None]) -> None:
        job.task = task
        self._jobs[job.reply_to] = job
        # Not a `finally` of the task: one that is cancelled before its first step never gets there.
        task.add_done_callback(lambda _: self._jobs.pop(job.reply_to, None))

    def through(self, reply_to: str) -> None:
        """The caller has gone, or has all it wanted."""
        job = self._jobs.get(reply_to)
        if job is None:
            self._through[reply_to] = time.monotonic() + REMEMBERED
        elif job.task is not None:
            job.task.cancel()

    def already_through(self, reply_to: str) -> bool:
        return bool(self._through) and self._through.pop(reply_to, None) is not None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for job in list(self._jobs.values()):
                if now >= job.deadline and job.task is not None:
                    job.task.cancel()
                elif now >= job.word_at:
                    job.word_at = now + NEXT_WORD
                    await self._say_working(job)
            for reply_to in [one for one, until in self._through.items() if now >= until]:
                del self._through[reply_to]
