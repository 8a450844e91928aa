"""What the owner hears of their second factors, and what is announced, in the transaction of the change."""

from datetime import datetime
from typing import Protocol

from chassis.clock import Clock
from chassis.events import announce
from chassis.postgres import Tx
from chassis.vault import Vault
from chassis.web.languages import LANGUAGES
from contracts.events.factors import Factor, FactorAdded, FactorRemoved
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.factors import store
from services.auth.mail import Letter
from services.auth.mail.outbox import FactorLetter
from services.auth.signals import credentials
from services.auth.standing import store as standing


class Desk(Protocol):
    """What writing a letter takes; a Ground has it, and so has an operator's command."""

    @property
    def issuer(self) -> str: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def clock(self) -> Clock: ...


async def added(desk: Desk, tx: Tx, user_id: int, factor: Factor, **places: str) -> None:
    """The account has one factor more."""
    now = desk.clock.now()
    await _announce(tx, FactorAdded, user_id, factor, now)
    await credentials.changed(tx, user_id, credentials.TYPES[factor], "create", now)
    await standing.note(tx, user_id, "self", "auth.factor.added", {"factor": factor, **places}, now)
    await write(desk, tx, user_id, "totp_added" if factor == "totp" else "passkey_added", **places)


async def removed(desk: Desk, tx: Tx, user_id: int, factor: Factor, by: str = "self", **places: str) -> None:
    """The account has one factor less."""
    now = desk.clock.now()
    await _announce(tx, FactorRemoved, user_id, factor, now)
    await credentials.changed(tx, user_id, credentials.TYPES[factor], "delete", now)
    await standing.note(tx, user_id, by, "auth.factor.removed", {"factor": factor, **places}, now)
    await write(desk, tx, user_id, "totp_removed" if factor == "totp" else "passkey_removed", **places)


async def write(desk: Desk, tx: Tx, user_id: int, kind: FactorLetter, **places: str) -> None:
    """To the address that the owner has proven; others may not learn what guards an account."""
    account = await accounts.by_id(tx, user_id)
    if account is None or account.email is None or account.identity_verified_level < 1:
        return
    language = next((known for known in LANGUAGES if known == account.language), LANGUAGES[0])
    letter = Letter(
        kind=kind,
        recipient=account.email,
        language=language,
        link=f"{desk.issuer}/account/security",
        places=places,
    )
    await mail.enqueue(tx, desk.vault, letter, desk.clock.now())


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
