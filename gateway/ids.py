"""Request ids: `req_` and a ULID, so that they sort by time and never meet."""

import os
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


def new() -> str:
    """48 bits of milliseconds and 80 random bits in Crockford's base 32; by pairs, because it is on every path."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    digits = "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
    return f"req_{digits}"
