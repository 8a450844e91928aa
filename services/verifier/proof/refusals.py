"""Why a redirect URI is not probed (verifier.md A2.2)."""

from chassis.problems import Problem


class BlockedHost(Problem):
    status, code = 422, "blocked_host"
    default_detail = "The host of this URI is none that we call."


class NotVerifiable(Problem):
    status, code = 422, "not_verifiable"
    default_detail = "Loopback addresses and custom schemes have no host that could be verified."
