"""Names and hosts that read like others: folded to a skeleton in which look-alikes are equal (Unicode UTS 39)."""

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import idna
from confusable_homoglyphs import confusables

_DIGITS: Final = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "5": "s", "7": "t", "|": "l", "!": "i", "$": "s", "@": "a"}
)
_CLOSE: Final = 6
"""Skeletons at least this long look alike at a distance of one edit; shorter words are too often neighbours."""

_FILLERS: Final = re.compile(r"\b(official|app|apps|login|signin|secure|security|support|account|inc|the|by)\b")


def skeleton(text: str) -> str:
    """Letters alone, each as the Latin one it is taken for."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    latin = "".join(_latin(character) for character in unicodedata.normalize("NFKD", folded))
    bare = _FILLERS.sub("", latin) or latin
    return re.sub(r"[^\w]|_", "", bare.translate(_DIGITS)).replace("rn", "m").replace("vv", "w").replace("i", "l")


def decoded(host: str) -> str:
    """The host as people read it; punycode that is none stays."""
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


def alike(one: str, others: Iterable[str]) -> str | None:
    """The first of `others` whose skeleton is that of `one`, or one edit away from it."""
    mine = skeleton(one)
    if not mine:
        return None
    for other in others:
        theirs = skeleton(other)
        if mine == theirs or (min(len(mine), len(theirs)) >= _CLOSE and one_edit(mine, theirs)):
            return other
    return None


def one_edit(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes them equal."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return one == other
    start = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), None)
    if start is None:
        return True
    left, right = one[start:], other[start:]
    swapped = len(left) > 1 and len(right) > 1 and left[0] == right[1] and left[1] == right[0] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


@functools.cache
def _latin(character: str) -> str:
    """An ASCII letter or digit that a character is confused with, the character itself where there is none."""
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    for entry in confusables.confusables_data.get(character, ()):
        shape = str(entry["c"])
        if shape.isascii() and shape.isalnum():
            return shape.lower()
    return character
