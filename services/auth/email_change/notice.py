"""What the old address is told."""

from datetime import timedelta
from typing import Final

from chassis.postgres import Tx
from chassis.web.languages import LANGUAGES, Language
from services.auth import mail
from services.auth.accounts import returning
from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.mail import Letter, outbox

PER_HOUR: Final = 3
"""Changes of one account that are mailed about in an hour."""


async def too_many(tx: Tx, ground: Ground, account: Account) -> bool:
    since = ground.clock.now() - timedelta(hours=1)
    return await outbox.recent(tx, "email_change_asked", str(account.email), since) >= PER_HOUR


async def asked(tx: Tx, ground: Ground, account: Account, address: str) -> None:
    """Before it counts, while its owner can still stop it."""
    await _write(tx, ground, account, "email_change_asked", returning.forgotten(""), address)


async def moved(tx: Tx, ground: Ground, before: Account, address: str) -> None:
    """Once it counts."""
    await _write(tx, ground, before, "email_changed", "/account", address)


async def _write(tx: Tx, ground: Ground, account: Account, kind: mail.Kind, path: str, address: str) -> None:
    """Only to an address that was proved: another may be a stranger's."""
    if account.email is None or account.identity_verified_level == 0:
        return
    letter = Letter(
        kind=kind,
        recipient=account.email,
        language=language_of(account),
        link=f"{ground.issuer}{path}",
        places={"address": address},
    )
    await mail.enqueue(tx, ground.vault, letter, ground.clock.now())


def language_of(account: Account) -> Language:
    """The language that the account's owner reads."""
    return next((known for known in LANGUAGES if known == account.language), LANGUAGES[0])
