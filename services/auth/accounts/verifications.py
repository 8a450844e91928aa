"""Proving an address by a link: 256 random bits, a day, one use."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Problem
from chassis.web.languages import Language
from contracts.events.auth import UserEmailVerified
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import store
from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.principals import revocations
from services.auth.sessions import life

LIFETIME: Final = timedelta(hours=24)
PER_HOUR: Final = 3
"""Mails that one account's owner may cause in an hour (registry.md 12)."""


class LinkSpent(Problem):
    """The link was used, is too old, or never was; which of them is nobody's business."""

    status, code = 409, "link_spent"
    default_detail = "This link was used already or is older than a day."


class TooManyMails(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Several mails were sent within the hour; please look for them first."


class Link(msgspec.Struct, frozen=True):
    user_id: int
    email_key: str
    password_hash: str | None


async def send(tx: Tx, ground: Ground, account: Account, language: Language, password_hash: str | None = None) -> bool:
    """Mails a fresh link to the account's address; False where PER_HOUR was reached and nothing was sent.

    `password_hash` takes effect with the click: whoever owns the mailbox decides whose sign-up counts.
    """
    now = ground.clock.now()
    since = now - timedelta(hours=1)
    sent = await tx.fetchval(
        "select count(*) from email_verifications where user_id = $1 and created_at > $2", account.id, since
    )
    if sent >= PER_HOUR or account.email is None:
        return False
    token = secrets.token_urlsafe(32)
    await tx.execute(
        """insert into email_verifications (token_sha256, user_id, email_key, password_hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)""",
        _digest(token),
        account.id,
        account.email_key,
        password_hash,
        now,
        now + LIFETIME,
    )
    link = f"{ground.issuer}/console/verify_email?token={token}"
    letter = Letter(kind="verify_email", recipient=account.email, language=language, link=link)
    await mail.enqueue(tx, ground.vault, letter, now)
    return True


async def resend(ground: Ground, user_id: int, language: Language) -> None:
    """Another link for a signed-in person whose address is not proved yet. Raises TooManyMails."""
    async with ground.db.transaction() as tx:
        account = await store.lock(tx, user_id)
        if account is None or not account.living or account.identity_verified_level > 0:
            return
        if not await send(tx, ground, account, language):
            raise TooManyMails(headers={"retry-after": "3600"})


async def accept(ground: Ground, token: str) -> Account:
    """Uses a link up and raises the account's level; of two at once, one wins. Raises LinkSpent."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        link = await _use(tx, token, now)
        account = await store.lock(tx, link.user_id)
        if account is None or not account.living or account.email_key != link.email_key:
            raise LinkSpent
        verified = await store.email_verified(tx, account.id, link.password_hash, now)
        if link.password_hash is not None:
            await life.end_all(tx, account.id, now)
        # What is known of the caller changed, and the next request must find it so.
        await revocations.advance(tx)
        event = UserEmailVerified(event_id=new_event_id(now), occurred_at=now, user=verified.public())
        await announce(tx, event)
    return verified


async def _use(tx: Tx, token: str, now: datetime) -> Link:
    row = await tx.fetchrow(
        """update email_verifications set used_at = $2
        where token_sha256 = $1 and used_at is null and expires_at > $2
        returning user_id, email_key, password_hash""",
        _digest(token),
        now,
    )
    if row is None:
        raise LinkSpent
    return Link(row["user_id"], row["email_key"], row["password_hash"])


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
