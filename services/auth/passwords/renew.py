"""What every new password brings with it: no older link may change anything any more, and the owner is told."""

from chassis.postgres import Tx
from services.auth import mail
from services.auth.accounts import returning
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.email_change.notice import language_of
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.principals import revocations
from services.auth.reset import store as resets
from services.auth.signals import credentials


async def password(tx: Tx, ground: Ground, account: Account, hashed: str) -> None:
    """In the transaction that decides whose sessions end."""
    now = ground.clock.now()
    await accounts.set_password(tx, account.id, hashed, now)
    await resets.forget(tx, account.id, now)
    await revocations.advance(tx)
    await credentials.changed(tx, account.id, "password", "update", now)
    if account.email is None:
        return
    letter = Letter(
        kind="password_changed",
        recipient=account.email,
        language=language_of(account),
        link=f"{ground.issuer}{returning.forgotten('')}",
        places={"time": now.strftime("%Y-%m-%d %H:%M UTC")},
    )
    await mail.enqueue(tx, ground.vault, letter, now)
