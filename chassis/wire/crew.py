"""Which instances of a pool a caller has heard of lately, so that what one is too busy for reaches another.

A second publish to the queue group might well pick the same instance again. So every reply names its instance, a roll
call every few seconds finds those that have not answered anything yet, and each can be spoken to by its own subject.
"""

import time
from collections.abc import Collection

from chassis.wire import subjects
from chassis.wire.frames import MEMBER

ROLL_SECONDS = 5.0
"""Between two roll calls, while the pool is in use."""

FORGET_SECONDS = 12.0
"""Without a sign an instance is no longer thought of: two roll calls missed."""


class Crew:
    """The instances of one pool."""

    def __init__(self, service: str, pool: str) -> None:
        self.inbox = ""
        """Where the roll call is answered."""
        self.service, self.pool = service, pool
        self.subject = subjects.pool(service, pool)
        self.everyone = subjects.everyone(self.subject)
        self._heard: dict[str, float] = {}
        self._roll_at = 0.0

    def roll_due(self) -> bool:
        """Whether a roll call is to be sent now; it says so once per ROLL_SECONDS."""
        now = time.monotonic()
        if now < self._roll_at:
            return False
        self._roll_at = now + ROLL_SECONDS
        return True

    def heard(self, instance: str) -> None:
        self._heard[instance] = time.monotonic()

    def forget(self, instance: str) -> None:
        """It is gone; the empty name is nobody's."""
        self._heard.pop(instance, None)

    def another(self, than: Collection[str]) -> str | None:
        """The instance heard of last that is none of `than`: it lives, and may just have freed a slot."""
        since = time.monotonic() - FORGET_SECONDS
        self._heard = {instance: at for instance, at in self._heard.items() if at >= since}
        others = [instance for instance in self._heard if instance not in than]
        return max(others, key=self._heard.__getitem__, default=None)

    def word(self, word: bytes) -> None:
        """An answer to a roll call."""
        if word[:1] == MEMBER:
            self.heard(word[1:].decode())

    def look(self, now: float, late: float) -> None:
        """A crew waits for nothing."""
