"""Secrets at rest: readable with their key at their place, and nowhere else."""

import base64

import pytest
from cryptography.exceptions import InvalidTag

from chassis.settings import Secret
from chassis.vault import KeyUnknown, Vault

# The same in every process, because tests are named after them and the workers of one run compare their lists.
FIRST, SECOND = (base64.b64encode(bytes([fill]) * 32).decode() for fill in (1, 2))


def a_vault(setting: str = f"v1:{FIRST}") -> Vault:
    return Vault.from_setting(Secret(setting))


def test_what_was_sealed_is_opened() -> None:
    """The same bytes come back, and cannot be read without."""
    sealed = a_vault().seal(b"sesame", "webhook:7")
    assert b"sesame" == a_vault().open(sealed, "webhook:7")
    assert b"sesame" not in sealed


def test_sealing_twice_gives_two_values() -> None:
    """Whoever sees two rows cannot tell that they hold the same secret."""
    vault = a_vault()
    assert vault.seal(b"sesame", "webhook:7") != vault.seal(b"sesame", "webhook:7")


def test_a_moved_value_is_refused() -> None:
    """A row's secret put into another row is not opened there."""
    sealed = a_vault().seal(b"sesame", "webhook:7")
    with pytest.raises(InvalidTag):
        a_vault().open(sealed, "webhook:8")


@pytest.mark.parametrize("place", [3, 10, -1])
def test_an_altered_value_is_refused(place: int) -> None:
    """One changed bit, be it in the nonce, the secret or the tag, and nothing is opened."""
    altered = bytearray(a_vault().seal(b"sesame", "webhook:7"))
    altered[place] ^= 1
    with pytest.raises(InvalidTag):
        a_vault().open(bytes(altered), "webhook:7")


@pytest.mark.parametrize("stored", [b"", b"v1", b"v1:", b"v1:short", b"\xff:x"])
def test_what_is_no_sealed_value_is_refused(stored: bytes) -> None:
    """A truncated or foreign value is never taken for a secret."""
    with pytest.raises((KeyUnknown, InvalidTag)):
        a_vault().open(stored, "webhook:7")


def test_keys_rotate() -> None:
    """A new key seals from now on and is named in what it seals; what an older one sealed is still read."""
    old = a_vault().seal(b"sesame", "webhook:7")
    vault = a_vault(f"v2:{SECOND}, v1:{FIRST}")
    new = vault.seal(b"sesame", "webhook:7")
    assert b"sesame" == vault.open(old, "webhook:7") == vault.open(new, "webhook:7")
    assert ("v2", b"v1:", b"v2:") == (vault.current, old[:3], new[:3])


def test_a_retired_key_is_named() -> None:
    """A value whose key is gone says which one is missing."""
    sealed = a_vault().seal(b"sesame", "webhook:7")
    with pytest.raises(KeyUnknown, match="v1"):
        a_vault(f"v2:{SECOND}").open(sealed, "webhook:7")


@pytest.mark.parametrize("setting", ["", "v1", "v1:", f":{FIRST}", "v1:c2hvcnQ=", f"v1:{FIRST},", "v1:!"])
def test_a_bad_setting_is_refused(setting: str) -> None:
    """A key-encryption key is a version and 32 bytes; anything else stops the start."""
    with pytest.raises(ValueError):  # noqa: PT011 - binascii's own is one too
        a_vault(setting)
