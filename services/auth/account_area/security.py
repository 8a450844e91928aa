"""/account/security: what guards this account, a card for each way, and the button that signs out everywhere."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.pages import Pages
from services.auth.accounts.console_pages import visitor
from services.auth.ground import Ground


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a card stands for one person: the key of the words in the catalogues, what fills them, and the tone."""

    words: str
    values: dict[str, object] = {}
    tone: Literal["", "good", "warn", "bad"] = ""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A way of proving who one is. Its words are `security.<name>` and `security.<name>_words`."""

    name: str
    address: str
    standing: Callable[[Ground, int], Awaitable[Standing]]
    """Of the person with this number."""


CARDS: Final[tuple[Card, ...]] = ()
"""In the order of the page."""


@web.get("/account/security", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def security_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Every way in, and how it stands."""
    person = await visitor(request, ground)
    cards = [(card, await card.standing(ground, person.user_id)) for card in CARDS]
    return pages.render(request, "security.html", visitor=person, cards=cards)
