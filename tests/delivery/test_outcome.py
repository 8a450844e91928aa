"""The outcome table and the schedule of delivery.md 5.4 and 5.5."""

from datetime import UTC, datetime, timedelta

import pytest

from services.delivery.dispatch import outcome
from services.delivery.dispatch.outcome import Outcome

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *[(status, "delivered") for status in (200, 204)],
        *[(status, "retry") for status in (500, 503, 408, 429)],
        *[(status, "dead") for status in (400, 404, 410, 301)],
    ],
)
def test_outcome_classes(status: int, kind: str) -> None:
    """2xx is delivered, 5xx, 408 and 429 are tried again, all others are dead at once; 410 disables."""
    result = outcome.of_answer(status, None, NOW)
    assert result.kind == kind
    assert result.disable == (status == 410)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sat, 21 Nov 2026 12:05:00 GMT", 300),
        ("99999999", 86400),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("Sat, 21 Nov 99999999999999999999 12:05:00 GMT", None),
    ],
)
def test_retry_after(header: str, seconds: int | None) -> None:
    """Seconds and dates count, capped at a day; anything else is as if it were absent."""
    wait = outcome.of_answer(429, header, NOW).retry_after
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


def test_schedule_ends() -> None:
    """Ten attempts with growing, jittered pauses, then dead."""
    retry = Outcome(kind="retry")
    for attempts, base in enumerate(outcome.DELAYS[1:], start=1):
        due = outcome.next_attempt(retry, attempts, NOW)
        assert due is not None
        assert base * 0.8 <= due - NOW <= base * 1.2
    assert outcome.next_attempt(retry, 10, NOW) is None


def test_retry_after_replaces_a_shorter_delay() -> None:
    """The receiver's wish wins where it is longer."""
    due = outcome.next_attempt(Outcome(kind="retry", retry_after=timedelta(minutes=2)), 1, NOW)
    assert due == NOW + timedelta(minutes=2)
