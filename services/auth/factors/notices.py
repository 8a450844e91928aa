"""What the owner hears of their second factors, and what is announced, in the transaction of the change."""

from datetime import datetime

from chassis.events import announce
from chassis.postgres import Tx
from chassis.web.languages import LANGUAGES
from contracts.events.factors import Factor, FactorAdded, FactorRemoved
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.factors import store
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.mail.outbox import FactorLetter
from services.auth.signals import credentials


async def added(ground: Ground, tx: Tx, user_id: int, factor: Factor, **places: str) -> None:
    """The account has one factor more."""
    await _announce(tx, FactorAdded, user_id, factor, ground.clock.now())
    await credentials.changed(tx, user_id, credentials.TYPES[factor], "create", ground.clock.now())
    await write(ground, tx, user_id, "totp_added" if factor == "totp" else "passkey_added", **places)


async def removed(ground: Ground, tx: Tx, user_id: int, factor: Factor, **places: str) -> None:
    """The account has one factor less."""
    await _announce(tx, FactorRemoved, user_id, factor, ground.clock.now())
    await credentials.changed(tx, user_id, credentials.TYPES[factor], "delete", ground.clock.now())
    await write(ground, tx, user_id, "totp_removed" if factor == "totp" else "passkey_removed", **places)


async def write(ground: Ground, tx: Tx, user_id: int, kind: FactorLetter, **places: str) -> None:
    """To the address that the owner has proven; others may not learn what guards an account."""
    account = await accounts.by_id(tx, user_id)
    if account is None or account.email is None or account.identity_verified_level < 1:
        return
    language = next((known for known in LANGUAGES if known == account.language), LANGUAGES[0])
    letter = Letter(
        kind=kind,
        recipient=account.email,
        language=language,
        link=f"{ground.issuer}/account/security",
        places=places,
    )
    await mail.enqueue(tx, ground.vault, letter, ground.clock.now())


async def _announce(
    tx: Tx, kind: type[FactorAdded | FactorRemoved], user_id: int, factor: Factor, now: datetime
) -> None:
    enrolled = await store.enrolled(tx, user_id)
    event = kind(
        event_id=new_event_id(now),
        occurred_at=now,
        sub=str(user_id),
        factor=factor,
        left=enrolled.passkeys + int(enrolled.totp),
    )
    await announce(tx, event)
