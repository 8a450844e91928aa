"""What people call their keys, passkeys and devices: one line that looks like what it is, in lists and in mails."""

from typing import Final

JOINERS: Final = dict.fromkeys(map(ord, "\u200c\u200d"))
"""They shape letters and pictures of many scripts; Unicode counts them as control characters."""


def tidy(text: str, longest: int) -> str | None:
    """With single blanks; None where nothing is left, or it is too long, or holds what turns or hides other letters."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= longest or not name.translate(JOINERS).isprintable():
        return None
    return name
