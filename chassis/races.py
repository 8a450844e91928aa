"""Whole transactions that are run again where another one was in their way."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg

T = TypeVar("T")

ATTEMPTS: Final = 5

DEADLOCK: Final = (asyncpg.DeadlockDetectedError,)
"""Two hold what the other one waits for; Postgres ends one of them, which has changed nothing."""

TAKEN: Final = (*DEADLOCK, asyncpg.UniqueViolationError)
"""Somebody was faster with the same value as well; the second look sees them."""


async def retried(attempt: Callable[[], Awaitable[T]], races: tuple[type[Exception], ...] = DEADLOCK) -> T:
    """`attempt` is a transaction from its beginning to its end. Raises the last race if it loses them all."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await attempt()
        except races:
            continue
    return await attempt()
