"""gzip for text, where it can leak nothing.

Beside a secret in the same body, the length of compressed text that a stranger may influence tells the secret
(BREACH). So what sets a cookie or may not be stored (`no-store`: tokens, secrets shown once, pages with a CSRF token)
goes out as it is.
"""

import asyncio
import re
import zlib

from gateway.headers import Pairs

LEAST = 1024
"""Bytes below which gzip wins nothing."""

INLINE = 32 * 1024
"""Bytes compressed on the loop, in half a millisecond; zlib works on more in a thread, without the lock."""

LEVEL = 5

_TEXT = re.compile(rb"(?:text/|application/(?:[\w.+-]*(?:json|xml)|javascript)|image/svg\+xml)", re.ASCII)
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=([0-9.]+)\s*)?(?:,|$)", re.IGNORECASE)


def accepted(accept_encoding: str | None) -> bool:
    """Whether the client takes gzip (RFC 9110 section 12.5.3)."""
    found = _GZIP.search(accept_encoding) if accept_encoding else None
    return found is not None and (found[1] is None or found[1].strip("0.") != "")


def compressible(headers: Pairs, size: int) -> bool:
    """Whether a body of these headers may ever be sent compressed."""
    if size < LEAST:
        return False
    text = False
    for name, value in headers:
        if name == b"content-type":
            text = _TEXT.match(value) is not None
        elif name in (b"set-cookie", b"content-encoding") or (
            name == b"cache-control" and (b"no-store" in value or b"no-transform" in value)
        ):
            return False
    return text


async def packed(body: bytes) -> bytes:
    return _pack(body) if len(body) <= INLINE else await asyncio.to_thread(_pack, body)


def headers(plain: Pairs, *, zipped: bool) -> Pairs:
    """The headers of a compressible body: `Vary` on either form; the ETag weakened, for it names other bytes now."""
    kept = []
    vary = b"accept-encoding"
    for name, value in plain:
        if name == b"vary":
            vary = value if vary in value.lower() else value + b", accept-encoding"
        elif name == b"etag" and zipped and not value.startswith(b"W/"):
            kept.append((name, b"W/" + value))
        else:
            kept.append((name, value))
    kept.append((b"vary", vary))
    if zipped:
        kept.append((b"content-encoding", b"gzip"))
    return kept


def _pack(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()
