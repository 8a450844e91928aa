"""Proving an address by a link: 256 random bits, a day, one use."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import asyncpg
import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Problem
from chassis.web.languages import Language
from contracts.events.auth import UserEmailChanged, UserEmailVerified
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import addresses, give_up, store
from services.auth.accounts.addresses import Address
from services.auth.accounts.store import Account
from services.auth.email_change import notice
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.principals import revocations
from services.auth.standing import everywhere

LIFETIME: Final = timedelta(hours=24)
PER_HOUR: Final = 3
"""Links that go to one address of an account in an hour (registry.md 12): whoever knows the address may cause them by
signing up with it, so they must not use up what its owner needs to correct it."""

IN_ALL: Final = 6
"""Links of one account in an hour, to whatever addresses; strangers can cause but half of them."""


class LinkSpent(Problem):
    """The link was used, is too old, or never was; which of them is nobody's business."""

    status, code = 409, "link_spent"
    default_detail = "This link was used already or is older than a day."


class TooManyMails(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Several mails were sent within the hour; please look for them first."


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a link is to bring about, beside proving an address."""

    language: Language
    return_to: str = ""
    password_hash: str | None = None
    """Takes effect with the click: whoever owns the mailbox decides whose sign-up counts."""
    address: Address | None = None
    """The account's next address; None for the one that it has."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    user_id: int
    email_key: str
    password_hash: str | None
    new_email: str | None
    return_to: str


class Proved(msgspec.Struct, frozen=True):
    """An account whose address is proved, and where its person wanted to go."""

    account: Account
    return_to: str


async def send(tx: Tx, ground: Ground, account: Account, wish: Wish) -> bool:
    """Mails a fresh link; False where PER_HOUR or IN_ALL was reached and nothing was sent."""
    now = ground.clock.now()
    address = wish.address or Address(account.email or "", account.email_key or "")
    if not address.email or await _too_many(tx, account.id, address, now):
        return False
    token = secrets.token_urlsafe(32)
    await tx.execute(
        """insert into email_verifications (token_sha256, user_id, email_key, password_hash, created_at, expires_at,
            new_email, return_to)
        values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        _digest(token),
        account.id,
        address.key,
        wish.password_hash,
        now,
        now + LIFETIME,
        None if wish.address is None else address.email,
        wish.return_to,
    )
    link = f"{ground.issuer}/console/verify_email?token={token}"
    kind: mail.Kind = "verify_email" if wish.address is None else "verify_new_email"
    await mail.enqueue(
        tx, ground.vault, Letter(kind=kind, recipient=address.email, language=wish.language, link=link), now
    )
    return True


async def _too_many(tx: Tx, user_id: int, address: Address, now: datetime) -> bool:
    sent = await tx.fetchrow(
        """select count(*) as in_all, count(*) filter (where email_key = $2) as there from email_verifications
        where user_id = $1 and created_at > $3""",
        user_id,
        address.key,
        now - timedelta(hours=1),
    )
    return sent is not None and (sent["in_all"] >= IN_ALL or sent["there"] >= PER_HOUR)


async def resend(ground: Ground, user_id: int, language: Language) -> None:
    """Another link for a signed-in person whose address is not proved yet. Raises TooManyMails."""
    async with ground.db.transaction() as tx:
        account = await store.lock(tx, user_id)
        if account is None or not account.living or account.identity_verified_level > 0:
            return
        if addresses.told(account.email, ground.settings.synthetic_mail_domain) is None:
            return
        if not await send(tx, ground, account, Wish(language=language)):
            raise TooManyMails(headers={"retry-after": "3600"})


async def accept(ground: Ground, token: str) -> Proved:
    """Uses a link up; of two at once, one wins. Raises LinkSpent, also where the new address is taken meanwhile."""
    now = ground.clock.now()
    try:
        async with ground.db.transaction() as tx:
            link = await _use(tx, token, now)
            account = await store.lock(tx, link.user_id)
            if account is None or not account.living:
                raise LinkSpent
            if link.new_email is not None:
                proved = await _move(tx, ground, account, Address(link.new_email, link.email_key))
            elif account.email_key == link.email_key:
                proved = await _prove(tx, account, link, now)
            else:
                raise LinkSpent
            # What is known of the caller changed, and the next request must find it so.
            await revocations.advance(tx)
    except asyncpg.UniqueViolationError:
        raise LinkSpent from None
    return Proved(proved, link.return_to)


async def _prove(tx: Tx, account: Account, link: Link, now: datetime) -> Account:
    """Raises the level; where the link brought a password, whoever signed up before was perhaps somebody else."""
    verified = await store.email_verified(tx, account.id, link.password_hash, now)
    if link.password_hash is not None:
        await everywhere.put_strangers_out(tx, account, now)
    await announce(tx, UserEmailVerified(event_id=new_event_id(now), occurred_at=now, user=verified.public()))
    return verified


async def _move(tx: Tx, ground: Ground, account: Account, to: Address) -> Account:
    now = ground.clock.now()
    squatter = await store.by_email(tx, to.key)
    if squatter is not None and squatter.id != account.id and squatter.identity_verified_level == 0:
        await give_up.address(tx, squatter.id, now)
    moved = await store.set_email(tx, account.id, to.email, to.key, now)
    if moved is None:
        raise LinkSpent
    await notice.moved(tx, ground, account, to.email)
    await announce(tx, UserEmailChanged(event_id=new_event_id(now), occurred_at=now, user=moved.public()))
    return moved


async def _use(tx: Tx, token: str, now: datetime) -> Link:
    row = await tx.fetchrow(
        """update email_verifications set used_at = $2
        where token_sha256 = $1 and used_at is null and expires_at > $2
        returning user_id, email_key, password_hash, new_email, return_to""",
        _digest(token),
        now,
    )
    if row is None:
        raise LinkSpent
    return msgspec.convert(dict(row), Link)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
