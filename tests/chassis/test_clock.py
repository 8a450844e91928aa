"""Time that a verb reads, and time that a test holds."""

from datetime import UTC, datetime, timedelta

from chassis.clock import FrozenClock, SystemClock

START = datetime(2026, 5, 11, 12, tzinfo=UTC)


def test_the_machines_time_is_aware() -> None:
    """Nobody has to guess a zone: it is UTC."""
    assert timedelta(0) == SystemClock().now().utcoffset()


def test_monotonic_time_never_runs_backwards() -> None:
    """The second reading is not before the first."""
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()


def test_a_frozen_clock_moves_only_when_told() -> None:
    """Both of its times advance together, by what was said."""
    clock = FrozenClock(START)
    assert (START, 0.0) == (clock.now(), clock.monotonic())
    clock.advance(timedelta(seconds=90))
    assert (START + timedelta(seconds=90), 90.0) == (clock.now(), clock.monotonic())
