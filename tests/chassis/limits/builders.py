"""Policies and private servers for the limiter's tests."""

import itertools
from datetime import timedelta

from chassis.limits import Policy

_names = itertools.count()


def a_policy(quota: int = 5, seconds: float = 60, **given: object) -> Policy:
    """A policy whose name no other test uses, so that no state is shared."""
    return Policy(name=f"p{next(_names)}", quota=quota, window=timedelta(seconds=seconds), **given)  # type: ignore[arg-type]
