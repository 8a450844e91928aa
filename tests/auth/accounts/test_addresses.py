"""Mail addresses: which are usable, and when two are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.accounts import addresses
from services.auth.accounts.addresses import AddressUnusable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("\uff41da@example.com", "ada@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
        ("a@한국.example", "a@XN--3E0B707E.example"),
        ("a@exa\u00admple.com", "a@example.com"),
    ],
)
def test_spellings_fold_to_one_key(one: str, other: str) -> None:
    """Case, width, sharp s, soft hyphens in domains, and both forms of a Korean domain."""
    assert addresses.fold(one) == addresses.fold(other)


@pytest.mark.parametrize(
    "text", ["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b.example\nbcc: c@d.example", "학생@example.com"]
)
def test_what_mail_cannot_reach_is_no_address(text: str) -> None:
    """Neither a name alone, nor a header in disguise, nor a local part that most servers refuse."""
    with pytest.raises(AddressUnusable):
        addresses.new(text)


@given(st.text(max_size=40))
def test_folding_never_fails_and_is_stable(text: str) -> None:
    """Whatever somebody types at sign-in folds to a key, and a key folds to itself."""
    key = addresses.fold(text)
    assert key == addresses.fold(key)
