"""Public documents, kept as long as their owner says: discovery, keys, documentation (docs/contracts/README.md).

A document is asked for without anything of the caller's in the request, so nobody can poison it; it is kept only if
its owner calls it public and varies it on nothing that the gateway does not know.
"""

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from chassis.clock import Clock, SystemClock
from chassis.problems import Problem
from chassis.wire.frames import Reply
from gateway import compress, metering
from gateway.headers import Pairs

MOST_DOCUMENTS = 2048
MOST_BYTES = 64 * 1024 * 1024
STALE_SECONDS = 60.0
"""So long an outdated document is served while its owner cannot answer (RFC 5861 section 4)."""

Fetch = Callable[[Pairs], Awaitable[Reply]]
"""Asks the owner, with the conditional headers given."""

Key = tuple[str, bytes, bytes]

_KNOWN_VARIATION = frozenset({b"accept-encoding", b"origin"})
"""The gateway does the first itself; of routes that do the second, requests from other origins never come here."""

_MAX_AGE = re.compile(rb"max-age=(\d+)")
_SHARED_AGE = re.compile(rb"s-maxage=(\d+)")


class Document:
    """One kept document in both of its forms."""

    __slots__ = ("body", "born", "etag", "gzipped", "headers", "until", "zippable")

    def __init__(self, reply: Reply, now: float, lifetime: float) -> None:
        self.headers = [pair for pair in reply.headers if pair[0] != b"etag"]
        found = [value for name, value in reply.headers if name == b"etag"]
        self.etag = found[0] if found else b'"%b"' % hashlib.sha256(reply.body).hexdigest()[:32].encode()
        self.body, self.gzipped = reply.body, b""
        self.zippable = compress.compressible(self.headers, len(self.body))
        self.born, self.until = now, now + lifetime

    async def reply(self, now: float, *, gzip: bool, if_none_match: bytes | None) -> Reply:
        zipped = gzip and self.zippable
        headers = [*self.headers, (b"etag", self.etag), (b"age", b"%d" % max(0, now - self.born))]
        if self.zippable:
            headers = compress.headers(headers, zipped=zipped)
        if if_none_match is not None and _matches(if_none_match, self.etag):
            return Reply(304, [pair for pair in headers if pair[0] != b"content-encoding"], b"")
        if not zipped:
            return Reply(200, headers, self.body)
        if not self.gzipped:
            self.gzipped = await compress.packed(self.body)
        return Reply(200, headers, self.gzipped)


class Documents:
    """A bounded shelf; what has not been asked for the longest goes first."""

    def __init__(self, clock: Clock | None = None, most: int = MOST_DOCUMENTS, most_bytes: int = MOST_BYTES) -> None:
        self._clock, self._most, self._most_bytes = clock or SystemClock(), most, most_bytes
        self._shelf: OrderedDict[Key, Document] = OrderedDict()
        self._bytes = 0
        self._flights: dict[Key, asyncio.Task[Document | Reply]] = {}

    async def get(self, key: Key, fetch: Fetch, *, gzip: bool, if_none_match: bytes | None) -> Reply:
        """The document of `key` (owner, path, query). Raises what `fetch` raises where nothing is kept."""
        now = self._clock.monotonic()
        document = self._shelf.get(key)
        if document is not None and document.until > now:
            self._shelf.move_to_end(key)
            metering.document.add(1, {"outcome": "hit"})
            return await document.reply(now, gzip=gzip, if_none_match=if_none_match)
        flight = self._flights.get(key)
        if flight is None:
            # A task of its own: one caller's disconnect is no reason for the others to begin anew.
            flight = self._flights[key] = asyncio.create_task(self._fetch(key, document, fetch))
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        found = await asyncio.shield(flight)
        if isinstance(found, Reply):
            return _conditional(found, if_none_match)
        return await found.reply(self._clock.monotonic(), gzip=gzip, if_none_match=if_none_match)

    async def _fetch(self, key: Key, old: Document | None, fetch: Fetch) -> Document | Reply:
        try:
            reply = await fetch([] if old is None else [(b"if-none-match", old.etag)])
        except Problem as problem:
            if problem.status >= 500 and self._usable(old):
                return self._stale(old)
            raise
        # The reply may reach several callers, and none of them asked for a cookie.
        reply = Reply(reply.status, [pair for pair in reply.headers if pair[0] != b"set-cookie"], reply.body)
        now = self._clock.monotonic()
        if reply.status == 304 and old is not None:
            metering.document.add(1, {"outcome": "confirmed"})
            old.born, old.until = now, now + (_lifetime(reply.headers) or _lifetime(old.headers) or 0)
            return old
        if reply.status >= 500 and self._usable(old):
            return self._stale(old)
        lifetime = _lifetime(reply.headers) if reply.status == 200 else None
        self._drop(key)
        metering.document.add(1, {"outcome": "miss" if lifetime else "uncacheable"})
        if not lifetime or len(reply.body) > self._most_bytes // 8:
            return reply
        return self._put(key, Document(reply, now, lifetime))

    def _usable(self, old: Document | None) -> bool:
        return old is not None and self._clock.monotonic() < old.until + STALE_SECONDS

    def _stale(self, old: Document | None) -> Document:
        assert old is not None  # noqa: S101 - _usable has said so
        metering.document.add(1, {"outcome": "stale"})
        return old

    def _put(self, key: Key, document: Document) -> Document:
        self._shelf[key] = document
        self._bytes += _weight(document)
        while len(self._shelf) > self._most or self._bytes > self._most_bytes:
            self._drop(next(iter(self._shelf)))
        return document

    def _drop(self, key: Key) -> None:
        old = self._shelf.pop(key, None)
        if old is not None:
            self._bytes -= _weight(old)


def _weight(document: Document) -> int:
    """Counted with its compressed form, made or not, so that it need not be counted again."""
    return len(document.body) * 2 + 1024


def _lifetime(headers: Pairs) -> float | None:
    """Seconds that a shared cache may keep it; None where it may not (RFC 9111 section 3)."""
    control = b",".join(value for name, value in headers if name == b"cache-control").lower()
    if b"public" not in control or b"no-store" in control or b"private" in control or b"no-cache" in control:
        return None
    varied = {part.strip() for name, value in headers if name == b"vary" for part in value.lower().split(b",")}
    if not varied <= _KNOWN_VARIATION:
        return None
    age = _SHARED_AGE.search(control) or _MAX_AGE.search(control)
    return float(age[1]) if age else None


def _conditional(reply: Reply, if_none_match: bytes | None) -> Reply:
    """What is not kept here may be with its reader: 304 then (RFC 9110 section 13.1.2)."""
    etag = next((value for name, value in reply.headers if name == b"etag"), None)
    if reply.status != 200 or etag is None or if_none_match is None or not _matches(if_none_match, etag):
        return reply
    return Reply(304, [pair for pair in reply.headers if pair[0] != b"content-type"], b"")


def _matches(if_none_match: bytes, etag: bytes) -> bool:
    """Weak comparison (RFC 9110 section 13.1.2)."""
    bare = etag.removeprefix(b"W/")
    return if_none_match.strip() == b"*" or any(
        candidate.strip().removeprefix(b"W/") == bare for candidate in if_none_match.split(b",")
    )
