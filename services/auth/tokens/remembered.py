"""Tokens whose signature this process has found good before: the same bytes under the same key need no second proof.

An API asks about one token many times, and a signature is the dearest part of the answer (60 µs of 150). Nothing else
is remembered: whether a token has expired or was taken back is asked each time.
"""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT = 2048
"""Entries of about 2 KB; the one that was used longest ago goes first."""


class Remembered(Generic[T]):
    """By digest, so that a dump of memory holds no more tokens than it must."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[str, T]] = OrderedDict()

    def find(self, token: str) -> tuple[str, T] | None:
        """The `kid` of the key that had signed it, which the caller looks for anew, and what was read."""
        digest = _digest(token)
        found = self._kept.get(digest)
        if found is not None:
            self._kept.move_to_end(digest)
        return found

    def keep(self, token: str, kid: str, read: T) -> None:
        self._kept[_digest(token)] = (kid, read)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
