"""Which address of an application is called: that of one of its registered hosts, never a free one (verifier.md B6)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from chassis.outbound import BlockedHost, NothingToProve, Policy, proof

PATH: Final = "/.well-known/logi-rp-health"


class Target(msgspec.Struct, frozen=True):
    """`host` in A-labels; `url` with the port that the redirect URI itself names."""

    host: str
    url: str


class NotCheckable(Exception):
    """There is no host that could be called; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def of(uris: Sequence[str], chosen: str | None, policy: Policy) -> Target:
    """The chosen host while it is registered, else the first one over https. Raises NotCheckable."""
    first: Target | NotCheckable | None = None
    for uri in uris:
        found = _of(uri, policy)
        if isinstance(found, Target) and found.host == chosen:
            return found
        first = first or found
    if isinstance(first, Target):
        return first
    raise first or NotCheckable("no_host")


def hosts(uris: Sequence[str], policy: Policy) -> list[str]:
    """Those that may be chosen, in the order of registration."""
    found = [_of(uri, policy) for uri in uris]
    return list(dict.fromkeys(each.host for each in found if isinstance(each, Target)))


def _of(uri: str, policy: Policy) -> Target | NotCheckable | None:
    """None for what has no host on the internet: the next URI may have one."""
    try:
        host, port = proof.host(uri, policy), urlsplit(uri).port or 443
    except NothingToProve:
        return None
    except (BlockedHost, ValueError):
        return NotCheckable("blocked_host")
    return Target(host, f"https://{host}{'' if port == 443 else f':{port}'}{PATH}")
