"""Signing up. Whoever signs up learns nothing about others: the mail alone tells whether the account is new."""

from datetime import timedelta
from typing import Final

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import ValidationFailed
from chassis.web.languages import Language
from contracts.events.auth import UserRegistered
from contracts.ids import new_event_id
from services.auth import mail
from services.auth.accounts import addresses, passwords, store, verifications
from services.auth.accounts.addresses import Address, AddressUnusable
from services.auth.accounts.store import Account, NewAccount
from services.auth.ground import Ground
from services.auth.mail import Letter, outbox

REMINDERS_PER_HOUR: Final = 3
"""How often an owner is told that somebody signs up with their address."""


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What the form brings."""

    email: str
    password: str
    language: Language


async def register(ground: Ground, form: SignUp) -> None:
    """Makes a developer's account and mails its link; a known address gets a mail, and the caller no word of it.

    Both ways hash the password and write a mail. Raises ValidationFailed (about the form alone) and QueueFull.
    """
    address = _checked(form)
    digest = await ground.passwords.hash(form.password)
    new = NewAccount(
        email=address.email, email_key=address.key, password_hash=digest, role="developer", language=form.language
    )
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        account = await store.insert(tx, new, now)
        if account is None:
            await _known(tx, ground, new, form.language)
            return
        event = UserRegistered(event_id=new_event_id(now), occurred_at=now, user=account.public())
        await announce(tx, event)
        await verifications.send(tx, ground, account, form.language)


async def _known(tx: Tx, ground: Ground, new: NewAccount, language: Language) -> None:
    account = await store.by_email(tx, new.email_key)
    if account is None or not account.living:
        return
    if account.identity_verified_level == 0:
        await store.lock(tx, account.id)
        await verifications.send(tx, ground, account, language, new.password_hash)
    else:
        await _remind(tx, ground, account, language)


async def _remind(tx: Tx, ground: Ground, account: Account, language: Language) -> None:
    now = ground.clock.now()
    recipient = str(account.email)
    if await outbox.recent(tx, "already_registered", recipient, now - timedelta(hours=1)) >= REMINDERS_PER_HOUR:
        return
    link = f"{ground.issuer}/session/new"
    letter = Letter(kind="already_registered", recipient=recipient, language=language, link=link)
    await mail.enqueue(tx, ground.vault, letter, now)


def _checked(form: SignUp) -> Address:
    """The values of `fields` are keys of the catalogue."""
    wrong: dict[str, list[str]] = {}
    address = None
    try:
        address = addresses.new(form.email)
    except AddressUnusable:
        wrong["email"] = ["sign_up.email_unusable"]
    if len(form.password) < passwords.SHORTEST:
        wrong["password"] = ["sign_up.password_short"]
    elif len(form.password) > passwords.LONGEST:
        wrong["password"] = ["sign_up.password_long"]
    if wrong or address is None:
        raise ValidationFailed(fields=wrong)
    return address
