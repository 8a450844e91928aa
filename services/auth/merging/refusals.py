"""Why two accounts are not merged (auth.md 4.3)."""

from chassis.problems import Problem


class MissingCredentials(Problem):
    status, code = 422, "missing_credentials"
    default_detail = "Show one proof that the other account is yours as well."


class ConflictingCredentials(Problem):
    status, code = 422, "conflicting_credentials"
    default_detail = "Show one proof, not several."


class SelfMergeForbidden(Problem):
    status, code = 422, "self_merge_forbidden"
    default_detail = "Both sides are the same account."


class MergeTokenUnknown(Problem):
    status, code = 401, "invalid_token"
    default_detail = "No merge token like this was issued."


class MergeTokenExpired(Problem):
    status, code = 401, "token_expired"
    default_detail = "The merge token is older than five minutes."


class MergeTokenConsumed(Problem):
    status, code = 401, "token_consumed"
    default_detail = "The merge token was used already."


class InvalidOtp(Problem):
    """Wrong, expired, used, tried too often, or never sent: which of these is nobody's business."""

    status, code = 401, "invalid_otp"
    default_detail = "This code does not merge these two accounts."


class EmailsDiffer(Problem):
    """The provider does not vouch for an address that another account has proved."""

    status, code = 409, "email_mismatch"
    default_detail = "No other account has the address that the provider vouches for."


class ChainForbidden(Problem):
    """Links are a forest of depth one (auth.md 6.5)."""

    status, code = 409, "merge_chain_forbidden"
    default_detail = "The other account has absorbed accounts itself; merge from there."


class TargetUnusable(Problem):
    """Suspended, deleted, or absorbed already."""

    status, code = 409, "target_unusable"
    default_detail = "The other account cannot be merged."


class OtherFactorNeeded(Problem):
    """Whoever signs in to that account is asked for it too, so no mailbox and no provider leads around it."""

    status, code = 403, "second_factor_needed"
    default_detail = "The other account has a second factor: show a one-time or backup code of it (second_factor_code)."


class TooManyCodes(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Too many codes were asked for."
