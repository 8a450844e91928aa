"""Why an attempt has to wait."""

from chassis.problems import Problem


class AttemptTooSoon(Problem):
    status, code = 429, "rate_limited"
    default_detail = "There was an attempt a moment ago; wait before the next."
