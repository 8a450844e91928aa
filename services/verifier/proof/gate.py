"""Which redirect URIs are probed at all, as refusals of this service: before any packet (verifier.md A5)."""

from chassis.outbound import BlockedHost as Blocked
from chassis.outbound import NothingToProve, Policy, proof, url
from services.verifier.challenge.derive import WELL_KNOWN_PATH
from services.verifier.proof.refusals import BlockedHost, NotVerifiable


def target(uri: str, policy: Policy) -> url.Target:
    """Where the proof of `uri` is looked for: the file on port 443 of its host, whatever its own port.

    Raises NotVerifiable for loopback and custom schemes, BlockedHost for a host that is nobody's to call.
    """
    try:
        return url.parse(f"https://{proof.host(uri, policy)}{WELL_KNOWN_PATH}", policy)
    except NothingToProve as failure:
        raise NotVerifiable from failure
    except Blocked as failure:
        raise BlockedHost from failure
