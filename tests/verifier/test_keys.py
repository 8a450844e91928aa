"""Keys of challenges change without making anybody publish again at once (verifier.md A3)."""

from datetime import datetime, timedelta

import pytest

from chassis.settings import Secret, SettingsInvalid
from services.verifier.challenge import derive
from services.verifier.challenge.keys import Keys
from tests.verifier.builders import BEGAN

OLD, NEW = Secret("old"), Secret("new")
URI = "https://acme.example/cb"
KEYS = Keys(current=NEW, previous=OLD, rotated_at=BEGAN)


def test_the_new_key_is_shown() -> None:
    """What a developer is told to publish is the current key's."""
    assert derive.value(NEW, 1, URI) == KEYS.challenge(1, URI)


def test_the_old_key_proves_for_thirty_days() -> None:
    """A value published before the rotation proves for thirty days more, and not a moment longer."""
    both = (derive.value(NEW, 1, URI), derive.value(OLD, 1, URI))
    assert both == KEYS.proving(1, URI, BEGAN + timedelta(days=30, seconds=-1))
    assert both[:1] == KEYS.proving(1, URI, BEGAN + timedelta(days=30))


def test_a_stamp_survives() -> None:
    """A re-check upholds a proof by the key of its time, as long as that is configured."""
    assert derive.value(OLD, 1, URI) in KEYS.upholding(1, URI)
    assert (derive.value(NEW, 1, URI),) == Keys(current=NEW).upholding(1, URI)


@pytest.mark.parametrize(
    ("previous", "rotated_at"),
    [(OLD, None), (None, BEGAN), (OLD, datetime(2026, 11, 1))],  # noqa: DTZ001 - on purpose
)
def test_half_a_rotation(previous: Secret | None, rotated_at: datetime | None) -> None:
    """A previous key without its time, or a time without its zone, stops the start."""
    with pytest.raises(SettingsInvalid):
        Keys(current=NEW, previous=previous, rotated_at=rotated_at)
