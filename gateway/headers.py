"""Headers on their way in and out: what belongs to one hop or could be spoofed stays behind (RFC 9110 7.6.1)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from chassis.wire.refusals import AnswerUnreadable
from gateway.refusals import HeadersAmbiguous

Pairs = list[tuple[bytes, bytes]]

HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-authentication-info",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)

_DROPPED = HOP | {
    b"accept-encoding",  # the gateway compresses
    b"expect",
    b"content-length",  # the frame knows
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"true-client-ip",
    b"cf-connecting-ip",
    b"fastly-client-ip",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-original-url",
    b"x-rewrite-url",
    b"x-http-method-override",
    b"x-method-override",
    b"x-http-method",
    b"traceparent",
    b"tracestate",
    b"baggage",
}

_CALLERS_OWN = frozenset({b"x-logi-client-type", b"x-logi-organization", b"x-logi-csrf-token"})
"""The only headers of our own prefix that a caller may send."""

_SPOOFABLE = (b"x-logi-", b"x-forwarded-")

_SINGLE = (b"authorization", b"content-type", b"dpop", b"origin", b"sec-fetch-site")
"""Two of one of these could be read in two ways."""

_UNSPOKEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_UNNAMED = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")

_BEHIND = HOP | {b"server", b"date", b"content-length", b"x-logi-request-id"}


class Shown:
    """The request's headers, read once: those that the gateway itself looks at by name, and the pairs for the frame."""

    __slots__ = ("by_name", "forwarded")

    def __init__(self, pairs: Pairs) -> None:
        """Raises HeadersAmbiguous."""
        by_name: dict[bytes, bytes] = {}
        forwarded: Pairs = []
        for pair in pairs:
            name = pair[0]
            if name in by_name:
                if name in _SINGLE:
                    raise HeadersAmbiguous(f"There may be only one {name.decode()} header.")
                by_name[name] = by_name[name] + (b"; " if name == b"cookie" else b", ") + pair[1]
            else:
                by_name[name] = pair[1]
            if name in _DROPPED or (name.startswith(_SPOOFABLE) and name not in _CALLERS_OWN):
                continue
            forwarded.append(pair)
        connection = by_name.get(b"connection")
        if connection is not None and connection.lower() not in (b"keep-alive", b"close"):
            named = {token.strip().lower() for token in connection.split(b",")} - {b"host"}
            forwarded = [pair for pair in forwarded if pair[0] not in named]
        self.by_name, self.forwarded = by_name, forwarded

    def get(self, name: bytes) -> bytes | None:
        return self.by_name.get(name)

    def text(self, name: bytes) -> str | None:
        value = self.by_name.get(name)
        return None if value is None else value.decode("latin-1")


def outgoing(pairs: Iterable[tuple[bytes, bytes]]) -> Pairs:
    """A service's headers as they may leave the house. Raises AnswerUnreadable for one that splits the response."""
    kept: Pairs = []
    for raw, value in pairs:
        name = _leaving(raw)
        if name is None:
            continue
        if not name or _UNSPOKEN.search(value):
            raise AnswerUnreadable("The service answered with a header that cannot be sent.")
        kept.append((name, value))
    return kept


@lru_cache(512)
def _leaving(raw: bytes) -> bytes | None:
    """A header's name as it is sent; None where it stays behind, empty where it is no name. Services know few names."""
    name = raw.lower()
    if name in _BEHIND:
        return None
    return b"" if _UNNAMED.search(name) else name
