"""One thing that was found out about a request: a key of the page's words, and whether it stands in the way."""

from typing import Literal

import msgspec

Weight = Literal["good", "warn", "bad"]


class Found(msgspec.Struct, frozen=True):
    """`places` fill the words; nothing in them comes from our records."""

    weight: Weight
    key: str
    places: dict[str, str] = {}


def bad(key: str, **places: str) -> Found:
    return Found("bad", key, places)


def good(key: str) -> Found:
    return Found("good", key)
