"""Request ids: `req_` and a ULID, so that they sort by time and never meet."""

import random
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


class _Moment:
    """The millisecond's ten digits, which many ids share."""

    at = -1
    digits = ""


def new() -> str:
    """48 bits of milliseconds and 80 random bits in Crockford's base 32; by pairs, because it is on every path.

    Nothing rests on an id being hard to guess, so its bits cost no system call.
    """
    now = time.time_ns() // 1_000_000
    if now != _Moment.at:
        _Moment.at, _Moment.digits = now, "".join([_PAIRS[now >> shift & 1023] for shift in range(40, -1, -10)])
    bits = random.getrandbits(80)
    return f"req_{_Moment.digits}" + "".join([_PAIRS[bits >> shift & 1023] for shift in range(70, -1, -10)])
