"""Answers about credentials, remembered for seconds and forgotten at once when auth has taken any credential back.

Auth beats the number of its revocations every 250 ms, and before it answers whoever revoked. A higher number, a
reconnect or a second of silence empties the memory, and nothing is kept while nobody beats (ADR 5).
"""

import msgspec
import structlog
from nats.aio.subscription import Subscription

from chassis.clock import Clock, SystemClock
from chassis.nats_link import Link
from contracts import beats
from contracts.principal import Principal

logger = structlog.get_logger()

KEPT_SECONDS = 5.0
SILENCE_SECONDS = 1.0
MOST = 20_000
"""Answers kept, some 20 MB; the oldest makes room."""


class Known(msgspec.Struct, frozen=True):
    """An answer, and the same as the bytes that a frame carries."""

    principal: Principal
    encoded: bytes
    until: float


class Memory:
    """What auth has answered lately."""

    def __init__(self, nc: Link, clock: Clock | None = None, most: int = MOST) -> None:
        self._nc, self._clock, self._most = nc, clock or SystemClock(), most
        self._known: dict[bytes, Known] = {}
        self._sequence = -1
        self._heard = float("-inf")
        self._connection = -1
        self._subscription: Subscription | None = None
        self.generation = 0
        """Changes whenever everything is forgotten: an answer asked for before must not be kept after."""

    async def start(self) -> None:
        # Heard as it is read: what auth answers after a revocation comes after its beat.
        self._subscription = await self._nc.hear(beats.REVOCATIONS, self._hear)
        await self._nc.flush()

    async def stop(self) -> None:
        if self._subscription is not None and not self._nc.is_closed:
            await self._subscription.unsubscribe()

    def __len__(self) -> int:
        return len(self._known)

    def recall(self, key: bytes) -> Known | None:
        if not self._watched():
            return None
        known = self._known.get(key)
        if known is None or known.until > self._clock.monotonic():
            return known
        del self._known[key]
        return None

    def keep(self, key: bytes, principal: Principal, encoded: bytes, generation: int) -> None:
        """Keeps an answer that was asked for in `generation`, unless a revocation may have overtaken it since."""
        if not self._watched() or generation != self.generation:
            return
        self._known.pop(key, None)
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = Known(principal, encoded, self._clock.monotonic() + KEPT_SECONDS)

    def watched_generation(self) -> int:
        """To be noted before auth is asked."""
        self._watched()
        return self.generation

    def _watched(self) -> bool:
        """Whether no revocation can have gone unheard; forgets everything where one can."""
        connection = self._nc.stats["reconnects"]
        if connection != self._connection:
            self._connection, self._heard = connection, float("-inf")
        alive = self._nc.is_connected and self._clock.monotonic() - self._heard < SILENCE_SECONDS
        if not alive and self._known:
            self._forget()
        return alive

    def _forget(self) -> None:
        self._known.clear()
        self.generation += 1

    def _hear(self, subject: str, _: str, beat: bytes) -> None:
        try:
            sequence = beats.decode(beat).sequence
        except msgspec.MsgspecError:
            logger.warning("beat.unreadable", subject=subject)
            return
        watched = self._watched()
        if watched and sequence < self._sequence:
            return  # late: another auth process had read the number before
        if sequence != self._sequence or not watched:
            # Also a lower number after a silence: auth's database was restored.
            self._forget()
        self._sequence, self._heard = sequence, self._clock.monotonic()
