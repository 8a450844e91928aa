"""A transaction that lost a race is run again, and not for ever."""

import asyncpg
import pytest

from chassis.races import ATTEMPTS, TAKEN, retried


class Losing:
    """Loses so many times before it is done."""

    def __init__(self, times: int, error: type[Exception] = asyncpg.DeadlockDetectedError) -> None:
        self.left, self.error, self.tries = times, error, 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.error("lost")
        return "done"


async def test_a_deadlock_is_tried_again() -> None:
    """As long as there are attempts left."""
    losing = Losing(ATTEMPTS - 1)
    assert ("done", ATTEMPTS) == (await retried(losing), losing.tries)


async def test_attempts_end() -> None:
    """The last race is told to whoever asked."""
    losing = Losing(ATTEMPTS)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await retried(losing)
    assert ATTEMPTS == losing.tries


async def test_only_races_are_tried_again() -> None:
    """A value that is taken is a race for those alone who say so."""
    losing = Losing(1, asyncpg.UniqueViolationError)
    with pytest.raises(asyncpg.UniqueViolationError):
        await retried(losing)
    assert "done" == await retried(Losing(1, asyncpg.UniqueViolationError), TAKEN)
