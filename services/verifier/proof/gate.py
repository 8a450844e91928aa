"""Which redirect URIs are probed at all: pure rules, before any packet (verifier.md A5)."""

from urllib.parse import urlsplit

from chassis.outbound import OutboundFailed, Policy, url
from services.verifier.challenge.derive import WELL_KNOWN_PATH
from services.verifier.proof.refusals import BlockedHost, NotVerifiable

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Legal redirect URIs of development (RFC 8252 section 7.3), which no probe could say anything about."""


def target(uri: str, policy: Policy) -> url.Target:
    """Where the proof of `uri` is looked for: the file on port 443 of its host, whatever its own port.

    Raises NotVerifiable for loopback and custom schemes, BlockedHost for a host that is nobody's to call.
    """
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError as error:
        raise BlockedHost from error
    if parts.scheme.lower() != "https" or host in LOOPBACK:
        raise NotVerifiable
    if "@" in parts.netloc:
        raise BlockedHost
    authority = f"[{host}]" if ":" in host else host
    try:
        return url.parse(f"https://{authority}{WELL_KNOWN_PATH}", policy)
    except OutboundFailed as failure:
        raise BlockedHost from failure
