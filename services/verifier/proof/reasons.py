"""Which of two reasons is told first (verifier.md A7)."""

_WRONG = frozenset(
    {
        "dns_mismatch",
        "dns_bogus",
        "wellknown_mismatch",
        "wellknown_redirect",
        "wellknown_too_large",
        "tls_invalid",
        "blocked_address",
        "blocked_host",
    }
)
"""Something is there and is not right: the developer has begun, and this is what stands in the way."""

_UNREACHABLE = frozenset({"dns_timeout", "dns_servfail", "host_unresolvable", "connect_failed", "wellknown_timeout"})


def more_actionable(dns: str, well_known: str) -> str:
    """What is wrong before what is missing before what could not be reached; among equals DNS, which is tried first."""
    return min(dns, well_known, key=_rank)


def _rank(reason: str) -> int:
    return 0 if reason in _WRONG else 2 if reason in _UNREACHABLE else 1
