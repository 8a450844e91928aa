"""Dangerous acts need a person who showed a moment ago who they are (auth.md 2.9)."""

from datetime import datetime

from chassis.web import step_up
from contracts.principal import Anonymous
from contracts.step_up import Need
from services.registry.callers import Caller


def check(caller: Caller, now: datetime, need: Need = "recent") -> None:
    """Raises StepUpRequired. A key or a token shows nothing of its person, so it never passes."""
    step_up.check(caller.session or Anonymous(), now, need)
