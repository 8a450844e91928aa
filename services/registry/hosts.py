"""Which part of a host is somebody's own, by the list of publicsuffix.org: `acme.co.kr` of `www.acme.co.kr`."""

import functools

from publicsuffixlist import PublicSuffixList


def registrable(host: str) -> str | None:
    """The domain that was registered, lower case without a final dot; None for a name below which anybody may register.

    Suffixes that a company gives out (`vercel.app`) count as well; an unknown top-level domain is a suffix.
    """
    found: str | None = _list().privatesuffix(host.rstrip("."))
    return found


@functools.cache
def _list() -> PublicSuffixList:
    return PublicSuffixList()
