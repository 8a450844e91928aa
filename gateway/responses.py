"""The last touch on every response: what a browser must never be left to guess, and the id of the request."""

from contracts.routes import Route
from gateway.headers import Pairs

_COMMON: Pairs = [
    (b"x-content-type-options", b"nosniff"),
    # Not no-referrer: with it browsers send `Origin: null` on our own forms, and the origin check would fail them.
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Pages name their own; everything else is no document, and no frame may hold it.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_BODYLESS = frozenset({204, 304})


class Finish:
    """Adds what is missing; a service's own word stands."""

    def __init__(self, *, secure: bool) -> None:
        common = [*_COMMON, _HSTS] if secure else _COMMON
        self._same_origin: Pairs = [*common, (b"cross-origin-resource-policy", b"same-origin")]
        self._cross_origin: Pairs = [*common, (b"cross-origin-resource-policy", b"cross-origin")]

    def headers(self, status: int, headers: Pairs, size: int, route: Route | None, request_id: str) -> Pairs:
        """All headers to be sent. What says nothing of caching must not be kept by anyone."""
        names = {name for name, _ in headers}
        defaults = self._cross_origin if route is not None and route.cors else self._same_origin
        finished = [*headers, *[pair for pair in defaults if pair[0] not in names]]
        if b"cache-control" not in names:
            finished.append((b"cache-control", b"no-store"))
        if status not in _BODYLESS:
            finished.append((b"content-length", b"%d" % size))
        finished.append((b"x-logi-request-id", request_id.encode()))
        return finished
