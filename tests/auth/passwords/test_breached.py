"""Passwords that are tried first."""

import pytest

from services.auth.passwords.breached import Breached

OWN = ("ada@example.com", "ada", "logi")


@pytest.fixture(scope="module")
def breached() -> Breached:
    return Breached()


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "password123",
        "Password2024!",
        "P@ssw0rd2024",
        "2024password!",
        "qwertyuiop",
        "poiuytrewq",
        "abcdefghij",
        "1111111111",
        "abcabcabcabc",
        "passwordpassword",
        "iloveyou2010",
        "Ada@Example.com",
        "ada2026!!",
        "logi-1234",
    ],
)
def test_it_is_known(breached: Breached, password: str) -> None:
    """The list itself, and what people make of its words: years, signs, case, look-alikes, repeats, rows of keys."""
    assert breached.has(password, OWN)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "the owner's password",
        "비밀번호 열 글자 이상",
        "sunflower1938472",
        "8273649105",
        "tKx!9 fjw q2",
    ],
)
def test_it_is_ones_own(breached: Breached, password: str) -> None:
    """Sentences, other scripts, and words with more than a year around them are no guess."""
    assert not breached.has(password, OWN)
