"""How a client is told its limits: draft-ietf-httpapi-ratelimit-headers-11 and `Retry-After`."""

from binascii import b2a_base64
from datetime import timedelta

from chassis.limits.policy import Decision, Standing

MICROSECONDS = 1_000_000

PARTITION_BYTES = 8
"""Enough to tell partitions apart, too little to look a key up by."""


def headers(decision: Decision) -> list[tuple[str, str]]:
    """`RateLimit-Policy`, `RateLimit` and, for a refusal, `Retry-After`; nothing where no policy counts."""
    if not decision.standings:
        return []
    items = [(standing, _partition(standing)) for standing in decision.standings]
    fields = [
        ("RateLimit-Policy", ", ".join([standing.policy.quoted + partition for standing, partition in items])),
        ("RateLimit", ", ".join([_limit(standing) + partition for standing, partition in items])),
    ]
    if not decision.allowed:
        fields.append(("Retry-After", str(max(1, _seconds(decision.retry_after)))))
    return fields


def _limit(standing: Standing) -> str:
    """A service limit item (section 4.1).

    The effective window of a refusal is the wait, because `Retry-After` may not end before it (section 6).
    """
    window = -(-standing.debt // MICROSECONDS) if standing.room else _seconds(standing.wait)
    return f'"{standing.policy.name}";r={standing.remaining};t={window}'


def _partition(standing: Standing) -> str:
    """Of both items (sections 3.1 and 4.1)."""
    return f";pk=:{b2a_base64(standing.partition[:PARTITION_BYTES], newline=False).decode()}:"


def _seconds(duration: timedelta) -> int:
    """Whole seconds, rounded up: a client that waits them is never early."""
    return -(-duration // timedelta(seconds=1))
