"""The script decides as plain GCRA does, for any policies, keys and times, one by one and in batches."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.clock import FrozenClock
from chassis.limits import Limiter, Policy
from tests.chassis.limits.builders import a_policy
from tests.chassis.limits.reference import Reference

policies = st.lists(
    st.builds(
        a_policy,
        st.integers(1, 12),
        st.integers(1, 100),
        burst=st.integers(0, 5),
        counts_rejected=st.booleans(),
        afterwards=st.booleans(),
    ),
    min_size=1,
    max_size=3,
)
steps = st.lists(st.tuples(st.integers(0, 40_000_000), st.booleans(), st.sampled_from("ab")), max_size=25)


def _now(clock: FrozenClock) -> int:
    return int(clock.now().timestamp() * 1_000_000)


@given(policies, steps)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_agrees_with_the_reference(
    limiter: Limiter, still: FrozenClock, made: list[Policy], steps: list[tuple[int, bool, str]]
) -> None:
    """Room and debt of every policy are those of the reference after every step."""
    reference, salt = Reference(), uuid.uuid4().hex
    for pause, charge, key in steps:
        still.advance(timedelta(microseconds=pause))
        if charge:
            await limiter.charge(made[0], (salt, key))
            reference.charge(made[0], key, _now(still))
        decision = await limiter.take([(policy, (salt, key)) for policy in made])
        expected = reference.take([(policy, key) for policy in made], _now(still))
        assert expected == [(standing.room, standing.debt) for standing in decision.standings]


@given(st.integers(1, 9), st.integers(1, 300))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_one_turn_of_the_loop_grants_the_quota_exactly(limiter: Limiter, quota: int, asked: int) -> None:
    """However many ask at once, and whatever call they travel in, as many pass as the quota says."""
    policy = a_policy(quota)
    decisions = await asyncio.gather(*(limiter.take([(policy, "k")]) for _ in range(asked)))
    assert min(quota, asked) == sum(decision.allowed for decision in decisions)


async def test_all_or_none(limiter: Limiter) -> None:
    """A request that one policy refuses costs nothing in the others."""
    wide, narrow = a_policy(10), a_policy(1)
    for _ in range(5):
        decision = await limiter.take([(wide, "k"), (narrow, "k")])
    assert narrow == decision.refused_by
    assert [9, 0] == [standing.remaining for standing in decision.standings]


async def test_rejected_requests_count_where_configured(limiter: Limiter) -> None:
    """A policy that counts rejected requests is spent by them too."""
    strict, narrow = a_policy(3, counts_rejected=True), a_policy(1)
    for _ in range(3):
        await limiter.take([(strict, "k"), (narrow, "k")])
    assert (await limiter.peek([(strict, "k")])).allowed is False


async def test_longest_wait_is_reported(limiter: Limiter, still: FrozenClock) -> None:
    """Of several refusals the longest wait counts, and after it the request passes."""
    short, long = a_policy(1, 10), a_policy(1, 100)
    wanted = [(short, "k"), (long, "k")]
    await limiter.take(wanted)
    refused = await limiter.take(wanted)
    assert (long, timedelta(seconds=100)) == (refused.refused_by, refused.retry_after)
    still.advance(refused.retry_after - timedelta(microseconds=1))
    assert (await limiter.take(wanted)).allowed is False
    still.advance(timedelta(microseconds=1))
    assert (await limiter.take(wanted)).allowed is True


async def test_failures_only(limiter: Limiter, still: FrozenClock) -> None:
    """A policy that counts afterwards is spent by charges alone, and asks for no more than one unit's time."""
    failures = a_policy(3, 30, afterwards=True)
    for _ in range(10):
        assert (await limiter.take([(failures, "k")])).allowed
    for _ in range(10):
        await limiter.charge(failures, "k")
    refused = await limiter.take([(failures, "k")])
    assert (False, timedelta(seconds=10)) == (refused.allowed, refused.retry_after)
    still.advance(timedelta(seconds=10))
    assert (await limiter.take([(failures, "k")])).allowed


async def test_peek_takes_nothing(limiter: Limiter) -> None:
    """Looking is free."""
    policy = a_policy(1)
    for _ in range(3):
        assert (await limiter.peek([(policy, "k")])).remaining == 1


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_hostile_keys_do_not_meet(limiter: Limiter, one: list[str], other: list[str]) -> None:
    """Two keys share a count only if they are the same parts in the same order."""
    policy = a_policy(1)
    await limiter.take([(policy, tuple(one))])
    assert (one != other) == (await limiter.take([(policy, tuple(other))])).allowed


async def test_a_clock_set_back_locks_nobody_out(limiter: Limiter, redis_url: str, still: FrozenClock) -> None:
    """State from a future that was taken back costs one quota's time at most."""
    policy = a_policy(1, 10)
    late = Limiter(redis_url, time=FrozenClock(datetime(2090, 1, 1, tzinfo=UTC)), timeout_seconds=10)
    await late.take([(policy, "k")])
    await late.stop()
    assert (await limiter.take([(policy, "k")])).retry_after == timedelta(seconds=10)


async def test_unlimited_is_allowed(limiter: Limiter) -> None:
    """No policy, no question."""
    decision = await limiter.take([])
    assert (True, None) == (decision.allowed, decision.remaining)
