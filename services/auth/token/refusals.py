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


class Unfinished(Problem):
    """RFC 8628 section 3.5: the device goes on asking, so that these are no event worth a line in the log."""

    status = 400


class AuthorizationPending(Unfinished):
    code = "authorization_pending"
    default_detail = "The person has not decided yet."


class SlowDown(Unfinished):
    code = "slow_down"
    default_detail = "Asked too soon; wait 5 seconds longer between two polls from now on."


class DeviceDenied(Problem):
    status, code = 400, "access_denied"
    default_detail = "The person declined."


class ExpiredToken(Problem):
    status, code = 400, "expired_token"
    default_detail = "The device code has expired (10 min)."


class ClientChanged(Exception):
    """The client's record is newer than the one this request was judged by; judge again."""
