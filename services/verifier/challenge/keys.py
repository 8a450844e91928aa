"""The keys that challenges are derived from: the current one, and for a while the one before (verifier.md A3)."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis.settings import Secret, SettingsInvalid
from services.verifier.challenge import derive

GRACE: Final = timedelta(days=30)
"""How long what was published for the previous key proves anew."""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """`rotated_at`: when `current` took the place of `previous`."""

    current: Secret
    previous: Secret | None = None
    rotated_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.previous is None) != (self.rotated_at is None):
            raise SettingsInvalid("a previous key goes with the time of its rotation, and the other way round")
        if self.rotated_at is not None and self.rotated_at.tzinfo is None:
            raise SettingsInvalid("the time of the rotation needs its zone, as in 2026-11-01T00:00:00Z")

    def challenge(self, application_id: int, uri: str) -> str:
        """What a developer is told to publish."""
        return derive.value(self.current, application_id, uri)

    def proving(self, application_id: int, uri: str, now: datetime) -> tuple[str, ...]:
        """Every value that proves at `now`."""
        if self.rotated_at is None or now >= self.rotated_at + GRACE:
            return (self.challenge(application_id, uri),)
        return self.upholding(application_id, uri)

    def upholding(self, application_id: int, uri: str) -> tuple[str, ...]:
        """Every value by which an earlier proof stands: a rotation alone makes nobody publish again."""
        held = (key for key in (self.current, self.previous) if key is not None)
        return tuple(derive.value(key, application_id, uri) for key in held)
