"""The two codes of a device: the long one that it keeps, and the short one that a person types."""

import secrets
from typing import Final

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no word comes about; nothing that looks like a digit (RFC 8628 section 6.1)."""

LENGTH: Final = 8
"""20^8 codes: with the tries that one person and one network have, guessing one that waits is hopeless."""


def new_device_code() -> str:
    return f"logi_dc_{secrets.token_urlsafe(32)}"


def new_user_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def shown(user_code: str) -> str:
    """As people read it: two halves."""
    return f"{user_code[:4]}-{user_code[4:]}"


def typed(text: str) -> str | None:
    """What somebody typed, in any case, with or without the hyphen; None where it cannot be a code."""
    letters = "".join(letter for letter in text.upper() if letter not in "- \t")
    return letters if len(letters) == LENGTH and set(letters) <= set(LETTERS) else None
