"""Why a health check is not made or not changed (verifier.md B7)."""

from chassis.problems import Problem


class HostNotRegistered(Problem):
    status, code = 422, "host_not_registered"
    default_detail = "The host is none of the app's registered redirect URIs over https."


class HealthDisabled(Problem):
    status, code = 409, "health_disabled"
    default_detail = "The health check of this app is off, or there is no host to check."
