"""Sensitive acts need a caller who showed a moment ago who they are (auth.md 2.9)."""

from datetime import datetime

from chassis.problems import Problem
from chassis.web.problem_page import STEP_UP
from contracts import step_up
from contracts.principal import Principal
from contracts.step_up import Need


class StepUpRequired(Problem):
    """`need` says what is missing: `recent` within 15 minutes, or `otp` within 5 (contracts.step_up)."""

    status, code = 403, STEP_UP
    default_detail = "This needs that you confirm once more who you are."


def check(caller: Principal, now: datetime, need: Need = "recent") -> None:
    """Raises StepUpRequired, which a page turns into the page where a person confirms, and comes back."""
    if not step_up.met(caller, now, need):
        raise StepUpRequired(need=need)
