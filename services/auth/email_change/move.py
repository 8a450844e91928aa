"""Asking for another address, and what comes of it where nobody can watch: it may be somebody else's already."""

from datetime import timedelta
from typing import Final

from chassis.postgres import Tx
from chassis.problems import ValidationFailed
from chassis.web.languages import Language
from contracts.principal import Session
from services.auth import mail, step_up
from services.auth.accounts import addresses, store, verifications
from services.auth.accounts.addresses import Address, AddressUnusable
from services.auth.accounts.verifications import Wish
from services.auth.email_change import notice
from services.auth.ground import Ground
from services.auth.letterbox import box
from services.auth.letterbox.box import MoveAsked
from services.auth.mail import Letter, outbox

REMINDERS_PER_HOUR: Final = 3


async def ask(ground: Ground, caller: Session, email: str, language: Language) -> None:
    """Takes the wish; the answer and the work are the same whoever has the address.

    Raises StepUpRequired, and ValidationFailed where no mail could reach it.
    """
    step_up.require(ground, caller)
    try:
        address = addresses.new(email)
    except AddressUnusable:
        raise ValidationFailed(fields={"email": ["sign_up.email_unusable"]}) from None
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        wish = MoveAsked(user_id=caller.user_id, email=address.email, email_key=address.key, language=language)
        await box.put(tx, ground.vault, wish, now)


async def settle(ground: Ground, tx: Tx, wish: MoveAsked) -> None:
    """Mails the link to the new address and word to the old one; an address that is taken gets a reminder instead.

    Mails of one account end after a few within the hour; the gateway has told its owner so before.
    """
    account = await store.lock(tx, wish.user_id)
    if account is None or not account.living or account.email_key == wish.email_key:
        return
    if await notice.too_many(tx, ground, account):
        return
    await notice.asked(tx, ground, account, wish.email)
    owner = await store.at_the_door(tx, wish.email_key, ground.clock.now())
    if owner is not None and owner.identity_verified_level > 0:
        await _remind(tx, ground, wish)
        return
    await verifications.send(
        tx, ground, account, Wish(language=wish.language, address=Address(wish.email, wish.email_key))
    )


async def _remind(tx: Tx, ground: Ground, wish: MoveAsked) -> None:
    now = ground.clock.now()
    if await outbox.recent(tx, "already_registered", wish.email, now - timedelta(hours=1)) >= REMINDERS_PER_HOUR:
        return
    link = f"{ground.issuer}/session/new"
    letter = Letter(kind="already_registered", recipient=wish.email, language=wish.language, link=link)
    await mail.enqueue(tx, ground.vault, letter, now)
