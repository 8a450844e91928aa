"""Forgetting: whoever asks sees the same, and the owner of the address gets a link (auth.md 6.1)."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from chassis.postgres import Tx
from chassis.web.languages import Language
from services.auth import mail
from services.auth.accounts import addresses
from services.auth.accounts import store as accounts
from services.auth.authorize import methods
from services.auth.ground import Ground
from services.auth.letterbox import box
from services.auth.letterbox.box import ResetAsked
from services.auth.mail import Letter
from services.auth.reset import store
from services.auth.reset.store import Reset

LIFETIME: Final = timedelta(minutes=30)
PER_HOUR: Final = 3
"""Links that one account is mailed in an hour, so that nobody fills another's mailbox."""


async def link(ground: Ground, email: str, language: Language, return_to: str) -> None:
    """One statement, and the same one, for every address: known, unknown, put out, or no address at all."""
    now = ground.clock.now()
    await methods.wait_for(ground, return_to, now + LIFETIME)
    wish = ResetAsked(email_key=addresses.fold(email), language=language, return_to=return_to)
    async with ground.db.transaction() as tx:
        await box.put(tx, ground.vault, wish, now)


async def settle(ground: Ground, tx: Tx, wish: ResetAsked) -> None:
    """Mails a link to the address that the account has, never to the one that was typed."""
    found = await accounts.by_email(tx, wish.email_key)
    account = None if found is None else await accounts.lock(tx, found.id)
    if account is None or not account.living or account.email is None or account.anonymous:
        return
    if account.email.endswith(f"@{ground.settings.synthetic_mail_domain}"):
        return
    now = ground.clock.now()
    if await store.count(tx, account.id, now - timedelta(hours=1)) >= PER_HOUR:
        return
    token = secrets.token_urlsafe(32)
    reset = Reset(user_id=account.id, email_key=wish.email_key, return_to=wish.return_to)
    await store.insert(tx, digest(token), reset, now, now + LIFETIME)
    letter = Letter(
        kind="reset_password",
        recipient=account.email,
        language=wish.language,
        link=f"{ground.issuer}/session/reset?token={token}",
    )
    await mail.enqueue(tx, ground.vault, letter, now)


def digest(token: str) -> bytes:
    """Under which a link is kept."""
    return sha256(token.encode(errors="surrogatepass")).digest()
