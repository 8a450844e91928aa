"""What is limited and what was decided; pure arithmetic of GCRA, in whole microseconds."""

import hashlib
import re
from datetime import timedelta
from functools import cached_property, lru_cache

import msgspec

MICROSECOND = timedelta(microseconds=1)

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Key = str | tuple[str, ...]
"""Whom a limit counts for. Parts may hold anything: they are hashed with their lengths, so none runs into another."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """`quota` units per `window`, refilled evenly; up to `burst` of them (by default all) at once."""

    name: str
    quota: int
    window: timedelta
    burst: int = 0
    """0 stands for the quota."""
    closed: bool = False
    """Without Redis a share is counted in process; one that is not closed stops counting, so that reads go on."""
    counts_rejected: bool = False
    """Whether a request that another policy refuses counts here all the same."""
    afterwards: bool = False
    """`take` only looks; `charge` counts, once it is known how the request ended (registry.md section 12)."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a policy's name is lower-case words and hyphens, not {self.name!r}")
        if self.quota < 1 or self.burst < 0 or self.window < timedelta(seconds=1):
            raise ValueError(f"{self.name}: a quota is at least 1 and a window at least one second")

    # All of these are asked for by every request.
    @cached_property
    def prefix(self) -> bytes:
        """Before the partition, it makes the key in Redis."""
        return b"limit:" + self.name.encode() + b":"

    @cached_property
    def quoted(self) -> str:
        """Its item of `RateLimit-Policy`, which partition keys follow."""
        return f'"{self.name}";q={self.quota};w={self.seconds}'

    @cached_property
    def interval(self) -> int:
        """Microseconds in which one unit is refilled."""
        return -(-(self.window // MICROSECOND) // self.quota)

    @cached_property
    def tolerance(self) -> int:
        """Microseconds of debt that a whole burst makes."""
        return self.interval * (self.burst or self.quota)

    @cached_property
    def seconds(self) -> int:
        """The window."""
        return -(-self.window // timedelta(seconds=1))

    def share(self, gateways: int) -> "Policy":
        """What one of so many gateways may grant by itself; at least one unit, so that nobody is locked out."""
        burst = max(1, (self.burst or self.quota) // gateways)
        return msgspec.structs.replace(self, quota=max(1, self.quota // gateways), burst=burst)


class Standing(msgspec.Struct, frozen=True):
    """How one policy stands for one key after a decision; times in microseconds."""

    policy: Policy
    partition: bytes
    """Names the key without revealing it."""
    room: bool
    """Whether it had room for this request."""
    debt: int
    """Time until the whole quota is there again."""

    @property
    def remaining(self) -> int:
        return max(0, self.policy.tolerance - self.debt) // self.policy.interval

    @property
    def wait(self) -> timedelta:
        """How long until there is room again; zero where there was."""
        if self.room:
            return timedelta()
        return max(0, self.debt + self.policy.interval - self.policy.tolerance) * MICROSECOND


class Decision(msgspec.Struct, frozen=True):
    """Whether a request may go on, and how each of its policies stands."""

    standings: tuple[Standing, ...]
    """Policies that stopped counting while Redis is away are not among them."""
    blind: bool = False
    """Decided without Redis."""

    @property
    def allowed(self) -> bool:
        return all(standing.room for standing in self.standings)

    @property
    def refused_by(self) -> Policy | None:
        """The policy that has to be waited for the longest."""
        refusing = [standing for standing in self.standings if not standing.room]
        return max(refusing, key=lambda standing: standing.wait).policy if refusing else None

    @property
    def retry_after(self) -> timedelta:
        """The longest wait of all (registry.md section 12); zero where the request is allowed."""
        return max((standing.wait for standing in self.standings), default=timedelta())

    @property
    def remaining(self) -> int | None:
        """Of the tightest policy; None where nothing counts."""
        return min((standing.remaining for standing in self.standings), default=None)


KEPT_LENGTH = 200
"""Characters of the longest key whose digest is remembered: who calls again and again has a short one."""


def digest(policy: Policy, key: Key) -> bytes:
    """16 bytes that stand for a policy's key; no two keys share them, however hostile their parts."""
    parts = (key,) if isinstance(key, str) else key
    return (_remembered if sum(map(len, parts)) <= KEPT_LENGTH else _digest)(policy.name, parts)


def _digest(name: str, parts: tuple[str, ...]) -> bytes:
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    framed = b"".join([len(part).to_bytes(8, "big") + part for part in encoded])
    return hashlib.blake2b(framed, digest_size=16, person=name.encode()[:16]).digest()


_remembered = lru_cache(4096)(_digest)
