"""How far a listener is behind: for its readiness, for its doubts, and for the operator's dashboard."""

import asyncio

from chassis import metrics
from chassis.clock import Clock
from chassis.events.frames import Beat, Events
from chassis.events.marks import Mark

DUE_SECONDS = 1.0
"""What was published so long ago should have come."""

_positions = metrics.gauge("events.listener.lag", description="Positions announced and not yet applied.")
_seconds = metrics.gauge("events.listener.behind", "s", "For how long we have been behind without a break.")


class NotCaughtUp(Exception):
    """The listener has not yet reached the position that its producer had when first asked."""


class Lag:
    """What one listener knows of its producer's position."""

    def __init__(self, producer: str, clock: Clock) -> None:
        self._producer, self._clock = producer, clock
        self._answered = self._newest = self._due = 0
        self._due_since = self._level_at = clock.monotonic()
        self._asked = False
        self.reached = asyncio.Event()

    def answered(self, log: Events, mark: Mark) -> None:
        """The producer's own word; newer than any beat."""
        self._answered = self._newest = log.newest
        self._due = 0
        self._asked = True
        self.moved(mark)

    def behind_answer(self, mark: Mark) -> bool:
        """Whether the last answer told of positions that are still to be fetched."""
        return mark.mark < self._answered

    def heard(self, beat: Beat, mark: Mark, origin: str) -> bool:
        """Takes in a beat; True if it gives reason to ask the producer."""
        if beat.origin != origin:
            return True
        if mark.state != "following":
            return False
        now = self._clock.monotonic()
        missed = False
        if now - self._due_since >= DUE_SECONDS:
            missed = mark.mark < self._due
            self._due, self._due_since = beat.published, now
        self._newest = max(self._newest, beat.newest)
        self.moved(mark)
        return missed or mark.mark > beat.newest or mark.mark + 1 < beat.oldest

    def moved(self, mark: Mark) -> None:
        """Tells where the mark stands."""
        now = self._clock.monotonic()
        behind = max(0, self._newest - mark.mark)
        if self._asked and mark.state == "following" and mark.mark >= self._answered:
            self.reached.set()
        if behind == 0:
            self._level_at = now
        _positions.set(behind, {"producer": self._producer})
        _seconds.set(now - self._level_at, {"producer": self._producer})

    def check(self) -> None:
        """Raises NotCaughtUp."""
        if not self.reached.is_set():
            raise NotCaughtUp(f"{self._producer} is not yet followed to its position")
