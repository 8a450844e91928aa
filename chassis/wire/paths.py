"""How a raw path becomes the decoded one that an app routes on, without two readers ever seeing two paths.

Everything is decoded but `%2F`: an encoded slash must not become a separator behind the gateway's table
(ADR 2).
"""

import re
from urllib.parse import unquote_to_bytes

_ENCODED_SLASH = re.compile(rb"(%2[fF])")
_SEPARATORS = re.compile(r"/|%2[fF]")
_DOTS = frozenset({".", ".."})


class PathRefused(ValueError):
    """The path has a dot segment, an empty segment, a backslash, a NUL or bytes that are no UTF-8: answer 400."""


def decode(raw: bytes) -> str:
    """The path with all but `%2F` decoded. Raises PathRefused."""
    if b"%" not in raw and b"." not in raw:
        return _plain(raw)
    pieces = _ENCODED_SLASH.split(raw)
    decoded = b"".join(piece if i % 2 else unquote_to_bytes(piece) for i, piece in enumerate(pieces))
    path = _plain(decoded)
    # `..;x` counts too: some servers cut a segment at its semicolon before they look at its dots.
    if any(segment.split(";", 1)[0] in _DOTS for segment in _SEPARATORS.split(path)):
        raise PathRefused("dot segment")
    return path


def _plain(path: bytes) -> str:
    if not path.startswith(b"/") or b"//" in path or b"\\" in path or b"\0" in path:
        raise PathRefused("empty segment, backslash or NUL")
    try:
        return path.decode()
    except UnicodeDecodeError as error:
        raise PathRefused("not UTF-8") from error
