"""Dangerous acts need a person who signed in a moment ago (auth.md 2.9)."""

from datetime import datetime, timedelta
from typing import Final

from services.registry.applications.refusals import StepUpRequired
from services.registry.callers import Caller

FRESH: Final = timedelta(minutes=15)


def check(caller: Caller, now: datetime) -> None:
    """Raises StepUpRequired. A key or a token has no moment of sign-in, so it never passes."""
    if caller.authenticated_at is None or caller.authenticated_at < now - FRESH:
        raise StepUpRequired
