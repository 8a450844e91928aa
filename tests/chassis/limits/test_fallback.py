"""The limiter of a single process, which never grants more than its share and never grows."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import FrozenClock
from chassis.limits import Policy
from chassis.limits.fallback import OVERFLOW_BUCKETS, Fallback
from tests.chassis.limits.builders import a_policy


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))


def _allowed(limiter: Fallback, asked: int, *policies: Policy, key: str = "k") -> int:
    return sum(limiter.take([(policy, key) for policy in policies]).allowed for _ in range(asked))


@pytest.mark.parametrize(("quota", "gateways", "share"), [(20, 1, 20), (20, 4, 5), (20, 3, 6), (2, 4, 1)])
def test_share_of_the_limit(clock: FrozenClock, quota: int, gateways: int, share: int) -> None:
    """One of n gateways grants a n-th, rounded down, but never nothing at all."""
    policy = a_policy(quota, 60, closed=True)
    assert share == _allowed(Fallback(gateways, clock), 50, policy)


def test_refills_at_the_share(clock: FrozenClock) -> None:
    """What was spent comes back evenly, at the share's pace."""
    limiter, policy = Fallback(2, clock), a_policy(20, 60, closed=True)
    _allowed(limiter, 50, policy)
    clock.advance(timedelta(seconds=6))
    assert _allowed(limiter, 50, policy) == 1


def test_all_or_none(clock: FrozenClock) -> None:
    """As in Redis, a refused request costs nothing but where rejected requests count."""
    limiter, narrow = Fallback(1, clock), a_policy(1, closed=True)
    wide, strict = a_policy(10, closed=True), a_policy(10, closed=True, counts_rejected=True)
    _allowed(limiter, 4, narrow, wide, strict)
    standings = limiter.take([(wide, "k"), (strict, "k")], look=True).standings
    assert [9, 6] == [standing.remaining for standing in standings]


def test_charges_count(clock: FrozenClock) -> None:
    """Failures are counted in process too, and taking alone spends nothing of such a policy."""
    limiter, failures = Fallback(1, clock), a_policy(3, closed=True, afterwards=True)
    assert _allowed(limiter, 9, failures) == 9
    for _ in range(3):
        limiter.charge(failures, "k")
    assert _allowed(limiter, 9, failures) == 0


def test_memory_is_bounded_and_limits_hold(clock: FrozenClock) -> None:
    """A flood of keys fills the table and then shares buckets: no further memory, and no key gets more than before."""
    limiter, policy = Fallback(1, clock, max_keys=1000), a_policy(2, 3600, closed=True)
    passed = sum(limiter.take([(policy, str(n))]).allowed for n in range(20_000))
    assert len(limiter) <= 1000 + OVERFLOW_BUCKETS
    assert 1000 < passed <= 1000 + 2 * OVERFLOW_BUCKETS
    assert _allowed(limiter, 5, policy, key="0") == 1


def test_paid_up_keys_make_room(clock: FrozenClock) -> None:
    """Keys whose quota is whole again are forgotten when room is needed."""
    limiter, policy = Fallback(1, clock, max_keys=100), a_policy(1, 10, closed=True)
    for n in range(100):
        limiter.take([(policy, str(n))])
    clock.advance(timedelta(seconds=10))
    assert limiter.take([(policy, "late")]).allowed
    assert len(limiter) == 1
