"""Asks a service of leaked passwords without telling it which one: by the first five digits of a hash (k-anonymity)."""

from datetime import timedelta
from hashlib import sha1
from typing import Final

import structlog

from chassis import metrics
from chassis.outbound import Outbound, OutboundFailed

logger = structlog.get_logger()

MOST_BYTES: Final = 128 * 1024
"""A range with its padding has about a thousand lines of forty bytes."""

SECONDS: Final = timedelta(seconds=2)

_unanswered = metrics.counter("password.range_unanswered", description="Passwords that the service left unjudged.")


async def has(outbound: Outbound, url: str | None, password: str) -> bool:
    """Whether the service at `url` knows it; False where none is named and where it does not answer (ADR 16)."""
    if url is None:
        return False
    digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()  # the protocol's own hash
    prefix, suffix = digest[:5], digest[5:]
    try:
        answer = await outbound.fetch(
            "GET",
            f"{url.rstrip('/')}/{prefix}",
            (("Add-Padding", "true"),),
            max_body=MOST_BYTES,
            total_timeout=SECONDS,
            connect_timeout=SECONDS,
            owner="breached_passwords",
        )
        cause = None if answer.status == 200 else f"status {answer.status}"
    except OutboundFailed as failure:
        cause = failure.reason
    if cause is not None:
        _unanswered.add(1)
        logger.warning("password.range_unanswered", error=cause)
        return False
    return any(_counts(line, suffix) for line in answer.body.decode("ascii", "replace").splitlines())


def _counts(line: str, suffix: str) -> bool:
    """`SUFFIX:COUNT`; lines of padding have the count 0."""
    found, _, count = line.strip().partition(":")
    return found.upper() == suffix and count.strip() != "0"
