"""/account/security: what guards this account, a card for each way, and the button that signs out everywhere."""

from typing import Any, Final

from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.pages import Pages
from services.auth.account_area.cards import Card
from services.auth.accounts.console_pages import visitor
from services.auth.factors import cards as factors
from services.auth.ground import Ground
from services.auth.merging import web as merge
from services.auth.passwords import card as password
from services.auth.upstream import identities

CARDS: Final[tuple[Card, ...]] = (
    password.CARD,
    *factors.CARDS,
    Card(name="identities", address=identities.PAGE, standing=identities.standing),
    merge.CARD,
)
"""In the order of the page."""


@web.get("/account/security", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def security_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Every way in, and how it stands."""
    person = await visitor(request, ground)
    cards = [(card, await card.standing(ground, person.user_id)) for card in CARDS]
    return pages.render(request, "security.html", visitor=person, cards=cards)
