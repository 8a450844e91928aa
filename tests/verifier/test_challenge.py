"""The challenge is a pure function of key, application and URI (verifier.md A3)."""

import pytest

from chassis.settings import Secret
from services.verifier.challenge import derive

KEY = Secret("test_secret_key_base")


@pytest.mark.parametrize(
    ("uri", "value"),
    [
        ("https://app.example.com/auth/callback", "d2b201941ac51a9c4defe6f837f5a5fe959cbb1112a751202a55f071319e6f58"),
        ("https://app.example.com/auth/callback2", "ad328d199864c2c3a14d9f5c81764c6c8bc460263c614ceb266c27652f79b513"),
    ],
)
def test_1_vectors(uri: str, value: str) -> None:
    """A8.1: the published vectors hold, so every release derives the same values."""
    assert value == derive.value(KEY, 42, uri)


def test_each_application_and_key_has_its_own() -> None:
    """A value published for one application proves nothing for another one, nor under another key."""
    uri = "https://app.example.com/auth/callback"
    values = {derive.value(KEY, 42, uri), derive.value(KEY, 43, uri), derive.value(Secret("other"), 42, uri)}
    assert 3 == len(values)
