"""Why the token endpoint refuses; the descriptions are the documented ones (auth.md 4.2)."""

from chassis.problems import Problem


class InvalidGrant(Problem):
    status, code = 400, "invalid_grant"


class UnsupportedGrantType(Problem):
    status, code = 400, "unsupported_grant_type"
    default_detail = "This grant type does not exist here."


class InvalidScope(Problem):
    status, code = 400, "invalid_scope"


class InvalidTarget(Problem):
    status, code = 400, "invalid_target"
    default_detail = "The resource is unknown."


class ClientChanged(Exception):
    """The client's record is newer than the one this request was judged by; judge again."""
