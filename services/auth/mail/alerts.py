"""Writes to the owners of an application, each in their language, at the address that they have proven."""

from typing import Final

from chassis.postgres import Tx
from chassis.web.languages import LANGUAGES
from contracts.events.notices import LetterAsked, OwnersAlerted
from services.auth.accounts import store
from services.auth.ground import Ground
from services.auth.mail import outbox
from services.auth.mail.outbox import Letter

_PAGES: Final = {
    **dict.fromkeys(("redirect_uri_lapsed", "rp_down", "rp_recovered"), "/hosts"),
    **dict.fromkeys(("webhooks_failing", "webhooks_disabled"), "/webhooks"),
}
"""Where more is said of these than on the app's own page."""


async def owners(ground: Ground, tx: Tx, event: OwnersAlerted) -> None:
    """In the transaction that hears of it, so that each gets one letter."""
    places = {"app": event.application_name, "host": event.host, "reason": event.reason}
    page = _PAGES.get(event.occasion, "")
    link = f"{ground.issuer}/developer/applications/{event.application_id}{page}"
    for user_id in event.user_ids:
        account = await store.by_id(tx, user_id)
        if account is None or not account.living or account.email is None or account.identity_verified_level < 1:
            continue
        language = next((known for known in LANGUAGES if known == account.language), LANGUAGES[0])
        letter = Letter(kind=event.occasion, recipient=account.email, language=language, link=link, places=places)
        await outbox.enqueue(tx, ground.vault, letter, ground.clock.now())


async def address(ground: Ground, tx: Tx, event: LetterAsked) -> None:
    """To an address that may belong to no account, so in the first language."""
    letter = Letter(
        kind=event.occasion,
        recipient=event.address,
        language=LANGUAGES[0],
        link=f"{ground.issuer}{event.path}",
        places=event.places,
    )
    await outbox.enqueue(tx, ground.vault, letter, ground.clock.now())
