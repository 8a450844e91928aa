"""Redis going away costs a share of the limits and some blind seconds, never an answer."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import redis.asyncio

from chassis.clock import FrozenClock
from chassis.limits import Decision, Limiter, Policy
from chassis.limits.fallback import Breaker
from deploy.local.servers.redis import Redis
from tests.chassis.limits.builders import a_policy


async def _allowed(limiter: Limiter, asked: int, policy: Policy) -> int:
    return sum([(await limiter.take([(policy, "k")])).allowed for _ in range(asked)])


async def _seen(limiter: Limiter, policy: Policy, key: str, clock: FrozenClock | None = None) -> Decision:
    """The first decision that Redis makes again; `clock` is the limiter's, where it stands still."""
    async with asyncio.timeout(30):
        while True:
            decision = await limiter.take([(policy, key)])
            if not decision.blind:
                return decision
            await asyncio.sleep(0.1)
            if clock is not None:
                clock.advance(timedelta(seconds=1))


async def test_killed_midway_leaves_a_share(own_redis: Redis, patient: Limiter) -> None:
    """Closed policies go on at limit / gateways, the others are not counted, and nothing raises."""
    closed, open_ = a_policy(10, 3600, closed=True), a_policy(1, 3600)
    assert (await patient.take([(closed, "k")])).blind is False
    own_redis.kill()
    assert await _allowed(patient, 20, closed) == 5
    assert await _allowed(patient, 20, open_) == 20
    decision = await patient.take([(open_, "k"), (closed, "k")])
    assert (False, True, 1) == (decision.allowed, decision.blind, len(decision.standings))
    assert patient.breaker.blind_seconds > 0


async def test_requests_in_flight_survive_the_kill(own_redis: Redis, patient: Limiter) -> None:
    """Of many requests under way while Redis dies, each gets its decision."""
    policy = a_policy(1000, 3600)
    asking = [asyncio.create_task(patient.take([(policy, str(n))])) for n in range(2000)]
    await asyncio.sleep(0)
    own_redis.kill()
    assert all(decision.allowed for decision in await asyncio.gather(*asking))


async def test_comes_back_by_itself(own_redis: Redis, patient: Limiter) -> None:
    """A restarted Redis, which has lost script and counts, decides again without help; the blind time stands still."""
    policy = a_policy(3, 3600)
    await patient.take([(policy, "k")])
    own_redis.kill()
    await _allowed(patient, 5, policy)
    own_redis.start()
    await _seen(patient, policy, "other")
    assert await _allowed(patient, 20, policy) == 3
    blind = patient.breaker.blind_seconds
    await patient.take([(policy, "k")])
    assert blind == patient.breaker.blind_seconds


async def test_flush_is_a_fresh_start(own_redis: Redis, patient: Limiter) -> None:
    """Losing all counts loses nothing else."""
    policy = a_policy(2, 3600)
    await _allowed(patient, 5, policy)
    async with redis.asyncio.Redis.from_url(own_redis.url()) as client:
        await client.flushall()
        await client.script_flush()
    assert (await _seen(patient, policy, "k")).allowed


async def test_hung_redis_is_given_up_on(own_redis: Redis, hasty: Limiter, still: FrozenClock) -> None:
    """A hung Redis costs three timeouts, then the breaker answers; after the wake-up no answer is mixed up."""
    generous, tight = a_policy(1000, 3600, closed=True), a_policy(2, 3600, closed=True)
    await hasty.take([(generous, "k")])
    assert own_redis.pid is not None
    os.killpg(own_redis.pid, signal.SIGSTOP)
    await asyncio.to_thread(os.waitpid, own_redis.pid, os.WUNTRACED)  # it stands still only now
    try:
        for _ in range(3):
            assert (await hasty.take([(tight, "k")])).blind
        assert hasty.breaker.open
        assert (await hasty.take([(generous, "k")])).blind
    finally:
        os.killpg(own_redis.pid, signal.SIGCONT)
    decision = await _seen(hasty, generous, "k", still)
    assert generous == decision.standings[0].policy
    assert decision.remaining is not None
    assert decision.remaining > 900


def test_breaker_opens_for_a_second_after_three_failures() -> None:
    """Two failures are bad luck, three open it; after the second one more opens it again, an answer closes it."""
    clock = FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))
    breaker = Breaker(clock)
    seen = []
    for _ in range(3):
        breaker.failed()
        seen.append(breaker.open)
    clock.advance(timedelta(seconds=1))
    seen.append(breaker.open)
    breaker.failed()
    seen.append(breaker.open)
    breaker.answered()
    clock.advance(timedelta(seconds=5))
    breaker.failed()
    seen.append(breaker.open)
    assert [False, False, True, False, True, False] == seen


def test_blind_seconds_add_up() -> None:
    """The gauge counts the time from a first failure to the next answer, over all outages."""
    clock = FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))
    breaker = Breaker(clock)
    for seconds in (3, 4):
        breaker.failed()
        clock.advance(timedelta(seconds=seconds))
        breaker.answered()
        clock.advance(timedelta(seconds=100))
    assert breaker.blind_seconds == 7
