"""Those who ask while a statement is under way share the next one, so a busy process needs fewer of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 200
"""Questions in one statement."""

AT_ONCE = 2
"""Statements under way: while one waits for its commit, the next one is written."""


class Together(Generic[Q, A]):
    """`run` answers a whole batch, in its order; if it fails, all who shared it fail."""

    def __init__(self, run: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._run = run
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._workers: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if len(self._workers) < AT_ONCE:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await self._run([question for question, _ in batch])
            except Exception as error:  # noqa: BLE001 - it is theirs who asked
                for _, waiting in batch:
                    if not waiting.done():
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
