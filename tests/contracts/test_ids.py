"""Identifiers look as the contracts say, and are not guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import ids

NOW = datetime(2026, 5, 11, 12, 34, 56, 789000, tzinfo=UTC)


def test_a_new_pak_is_one() -> None:
    """What is issued has the documented shape and a checksum that holds."""
    pak = ids.new_pak()
    assert ids.PAK.fullmatch(pak)
    assert (True, 8 + 40 + 6) == (ids.is_pak(pak), len(pak))


@given(place=st.integers(8, 53), letter=st.sampled_from("0123456789ABCXYZabcxyz"))
def test_a_mistyped_pak_is_found_out(place: int, letter: str) -> None:
    """One wrong character anywhere behind the prefix, and it is no PAK: nothing need be asked."""
    pak = "lpa_pat_" + "a" * 40 + ids._checksum("a" * 40)
    assert (pak[place] == letter) == ids.is_pak(pak[:place] + letter + pak[place + 1 :])


@pytest.mark.parametrize("text", ["", "lpa_pat_", "lpa_pat_" + "a" * 46, "logi_pak_x", "LPA_PAT_" + "0" * 46])
def test_other_text_is_no_pak(text: str) -> None:
    """Shape and checksum both count."""
    assert not ids.is_pak(text)


def test_event_ids_sort_by_time() -> None:
    """As text, a later id is greater, from one millisecond to the next."""
    made = [ids.new_event_id(NOW + timedelta(milliseconds=step)) for step in range(100)]
    assert made == sorted(made)
    assert all(ids.EVENT_ID.fullmatch(each) for each in made)


def test_event_ids_of_one_moment_differ() -> None:
    """80 random bits keep apart what happens at once."""
    assert 1000 == len({ids.new_event_id(NOW) for _ in range(1000)})


def test_an_event_id_holds_its_time() -> None:
    """The first ten characters are the milliseconds since 1970, in Crockford's base 32."""
    text = ids.new_event_id(NOW).removeprefix("evt_")[:10]
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    assert int(NOW.timestamp() * 1000) == sum(
        digits.index(letter) * 32**power for power, letter in enumerate(reversed(text))
    )


def test_client_credentials_have_their_shape() -> None:
    """128 random bits name a client, 256 are its secret."""
    assert ids.CLIENT_ID.fullmatch(ids.new_client_id())
    assert (12 + 64, "logi_secret_") == (len(ids.new_client_secret()), ids.new_client_secret()[:12])
    assert ids.new_client_secret() != ids.new_client_secret()
