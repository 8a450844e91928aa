"""What happens while Redis is away: a share of the closed limits in this process, and a count of the blind seconds."""

from collections.abc import Iterable, Sequence

from chassis import metrics
from chassis.clock import Clock
from chassis.limits.policy import Decision, Key, Policy, Standing, digest

MAX_KEYS = 50_000
"""Keys counted one by one, some 10 MB; what comes on top shares buckets."""

OVERFLOW_BUCKETS = 1024
"""Per policy. A flood of keys makes strangers share a limit; it never makes room for more."""


class Fallback:
    """The same algorithm over a dictionary, for policies marked `closed`; the others go on unlimited."""

    def __init__(self, gateways: int, clock: Clock, max_keys: int = MAX_KEYS) -> None:
        self._gateways, self._clock, self._max_keys = gateways, clock, max_keys
        self._arrivals: dict[bytes, int] = {}
        self._swept = 0

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(self, wanted: Sequence[tuple[Policy, Key]], *, look: bool = False) -> Decision:
        """Takes from all closed policies or from none, but for those that count rejected requests."""
        checks = [(self._look(policy, key), policy) for policy, key in wanted if policy.closed]
        allowed = all(standing.room for (_, standing), _ in checks)
        standings = [
            self._keep(slot, standing)
            if standing.room and not look and not policy.afterwards and (allowed or policy.counts_rejected)
            else standing
            for (slot, standing), policy in checks
        ]
        return Decision(tuple(standings), blind=True)

    def charge(self, policy: Policy, key: Key) -> None:
        """Counts one unit, asked or not."""
        if policy.closed:
            self._keep(*self._look(policy, key))

    def _look(self, policy: Policy, key: Key) -> tuple[bytes, Standing]:
        share, now = policy.share(self._gateways), self._now()
        slot = self._slot(policy, digest(policy, key), now)
        debt = min(max(0, self._arrivals.get(slot, now) - now), share.tolerance)
        room = debt + share.interval <= share.tolerance
        return slot, Standing(share, slot[-16:], room, debt)

    def _keep(self, slot: bytes, standing: Standing) -> Standing:
        debt = min(standing.debt + standing.policy.interval, standing.policy.tolerance)
        self._arrivals[slot] = self._now() + debt
        return Standing(standing.policy, standing.partition, standing.room, debt)

    def _slot(self, policy: Policy, hashed: bytes, now: int) -> bytes:
        exact = policy.name.encode() + b":" + hashed
        if exact in self._arrivals or len(self._arrivals) < self._max_keys:
            return exact
        # Looking for paid-up keys costs a walk through all of them, so at most once a second.
        if now - self._swept >= 1_000_000:
            self._swept = now
            self._arrivals = {slot: arrival for slot, arrival in self._arrivals.items() if arrival > now}
            if len(self._arrivals) < self._max_keys:
                return exact
        return policy.name.encode() + b":" + (int.from_bytes(hashed[:8], "big") % OVERFLOW_BUCKETS).to_bytes(16, "big")

    def _now(self) -> int:
        return int(self._clock.monotonic() * 1_000_000)


class Breaker:
    """Opens for one second after three failures in a row, and counts the seconds spent without Redis."""

    FAILURES = 3
    OPEN_SECONDS = 1.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = float("-inf")
        self._blind_since: float | None = None
        self._blind = 0.0
        metrics.observe_gauge(
            "limits.blind", self._read, "s", "Seconds since start in which limits were decided without Redis."
        )

    @property
    def open(self) -> bool:
        return self._clock.monotonic() < self._open_until

    @property
    def blind_seconds(self) -> float:
        current = 0.0 if self._blind_since is None else self._clock.monotonic() - self._blind_since
        return self._blind + current

    def failed(self) -> None:
        """One call without an answer. After the open second a single further failure opens it again."""
        now = self._clock.monotonic()
        self._blind_since = now if self._blind_since is None else self._blind_since
        self._failures += 1
        if self._failures >= self.FAILURES:
            self._open_until = now + self.OPEN_SECONDS

    def answered(self) -> None:
        self._blind, self._blind_since, self._failures = self.blind_seconds, None, 0

    def _read(self) -> Iterable[tuple[float, dict[str, str]]]:
        yield self.blind_seconds, {}
