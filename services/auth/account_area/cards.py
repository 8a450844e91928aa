"""The cards of the security page; a feature that has one imports them from here, and the page imports the feature."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

import msgspec

from services.auth.ground import Ground


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a card stands for one person: the key of the words in the catalogues, what fills them, and the tone."""

    words: str
    values: Mapping[str, object] = {}
    tone: Literal["", "good", "warn", "bad"] = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A way of proving who one is. Its words are `security.<name>` and `security.<name>_words`."""

    name: str
    address: str
    standing: Callable[[Ground, int], Awaitable[Standing]]
    """Of the person with this number."""
