"""Passwords: Argon2id in a thread pool as wide as the cores, and a queue that ends (ADR 6)."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from chassis import metrics
from chassis.problems import Problem

SHORTEST: Final = 10
LONGEST: Final = 256
"""Characters; more would only be work."""

QUEUE_PER_WORKER: Final = 16
"""At 20 ms a hash nobody waits longer than a third of a second; who comes later is told to."""

T = TypeVar("T")

_waits = metrics.counter("password.queue_full", description="Sign-ins and sign-ups turned away by a full queue.")


class QueueFull(Problem):
    """As many passwords are being checked as this process can check in time."""

    status, code = 429, "rate_limited"
    default_detail = "Too many people sign in at this moment."


class Passwords:
    """Hashes and compares; the event loop stays free, because Argon2 releases the interpreter's lock."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="argon2")
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._queued = 0
        # Made now, so that the first stranger's try takes no longer than any other.
        self._nobodys = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """Raises QueueFull."""
        return await self._run(lambda: self._hasher.hash(plain(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. An account without one costs the same time as one with. Raises QueueFull."""
        right = await self._run(lambda: self._verify(stored or self._nobodys, password))
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, plain(password))
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._queued >= self._workers * QUEUE_PER_WORKER:
            _waits.add(1)
            raise QueueFull(headers={"retry-after": "1"})
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._queued -= 1


def plain(password: str) -> str:
    """One password, however a keyboard composes its characters (RFC 8265 section 4.2 takes NFC; NFKC unites more)."""
    return unicodedata.normalize("NFKC", password[: LONGEST * 4])
