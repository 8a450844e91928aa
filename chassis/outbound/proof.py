"""Which redirect URIs name a host that can be asked for a proof or a sign of life: one pure rule (verifier.md A5)."""

from urllib.parse import urlsplit

from chassis.outbound import url
from chassis.outbound.failures import BlockedHost, OutboundFailed
from chassis.outbound.policy import Policy


class NothingToProve(OutboundFailed):
    """Loopback and custom schemes (RFC 8252 section 7) are legal redirect URIs without a host on the internet."""

    reason = "not_applicable"


def host(uri: str, policy: Policy) -> str:
    """The host in lower-case A-labels. Raises NothingToProve, and BlockedHost for one that is nobody's to call."""
    try:
        parts = urlsplit(uri)
        name = parts.hostname or ""
    except ValueError as error:
        raise BlockedHost("no URI") from error
    if parts.scheme.lower() != "https" or name in url.LOOPBACK_HOSTS:
        raise NothingToProve
    if "@" in parts.netloc:
        raise BlockedHost("userinfo")
    try:
        return url.parse(f"https://{f'[{name}]' if ':' in name else name}/", policy).host
    except BlockedHost:
        raise
    except OutboundFailed as failure:
        raise BlockedHost(failure.reason) from failure
