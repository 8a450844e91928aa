"""What an answer means, and when to try again (delivery.md 5.4 and 5.5); pure, so that the tables can be tested."""

import email.utils
import random
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Before each attempt, counted from the one before; after the last one a row is dead."""

JITTER = 0.2
LEAST_DELAY = timedelta(seconds=1)
MOST_RETRY_AFTER = timedelta(hours=24)

Kind = Literal["delivered", "retry", "dead"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one attempt ended."""

    kind: Kind
    status: int | None = None
    reason: str | None = None
    retry_after: timedelta | None = None
    disable: bool = False
    """410: the endpoint is gone until its URL is saved again."""
    down: bool = False
    """Whether it says that the receiver is not there at all, so that others of its rows need not try."""


def of_answer(status: int, retry_after: str | None, now: datetime) -> Outcome:
    if 200 <= status <= 299:
        return Outcome(kind="delivered", status=status)
    reason = f"http_{status}"
    if status >= 500 or status in {408, 429}:
        wait = _retry_after(retry_after, now)
        return Outcome(kind="retry", status=status, reason=reason, retry_after=wait, down=status >= 500)
    return Outcome(kind="dead", status=status, reason=reason, disable=status == 410)


def next_attempt(outcome: Outcome, attempts: int, now: datetime) -> datetime | None:
    """When attempt number `attempts` + 1 is due; None where there is none left. Jitter spreads what failed together."""
    if outcome.kind != "retry" or attempts >= len(DELAYS):
        return None
    delay = DELAYS[attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads, guards nothing
    return now + max(delay, LEAST_DELAY, outcome.retry_after or timedelta())


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110 section 10.2.3), capped; anything else counts as absent."""
    if value is None:
        return None
    if value.isascii() and value.strip().isdigit():
        return min(timedelta(seconds=int(value.strip()[:9])), MOST_RETRY_AFTER)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), MOST_RETRY_AFTER)
