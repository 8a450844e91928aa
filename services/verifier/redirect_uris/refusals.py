"""Why an attempt is not made (verifier.md A2.2)."""

from chassis.problems import Problem


class UriNotRegistered(Problem):
    status, code = 422, "uri_not_registered"
    default_detail = "The URI is not byte for byte one of the registered ones."
