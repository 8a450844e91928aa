"""Those who ask while a statement is under way share the next one."""

import asyncio
from collections.abc import Sequence

import pytest

from services.auth.together import MOST, Together


async def test_each_gets_the_answer_to_its_own_question() -> None:
    """In batches, none larger than MOST, and far fewer than questions."""
    batches: list[int] = []

    async def double(asked: Sequence[int]) -> list[int]:
        batches.append(len(asked))
        await asyncio.sleep(0)
        return [number * 2 for number in asked]

    together = Together(double)
    assert [number * 2 for number in range(1000)] == await asyncio.gather(*(together.ask(n) for n in range(1000)))
    assert (True, 1000) == (max(batches) <= MOST, sum(batches))
    assert len(batches) < 20


async def test_a_failure_is_told_to_those_who_shared_it_alone() -> None:
    """And the next ones are answered."""

    async def picky(asked: Sequence[int]) -> list[int]:
        if 13 in asked:
            raise ConnectionError
        return list(asked)

    together = Together(picky)
    with pytest.raises(ConnectionError):
        await together.ask(13)
    assert 1 == await together.ask(1)


async def test_who_went_away_does_not_stop_the_others() -> None:
    """A cancelled request leaves its place empty."""
    go = asyncio.Event()

    async def slow(asked: Sequence[int]) -> list[int]:
        await go.wait()
        return list(asked)

    together = Together(slow)
    gone, stays = asyncio.create_task(together.ask(1)), asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    go.set()
    assert 2 == await stays
