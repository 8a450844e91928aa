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
from contracts.principal import Role
from services.auth import mail
from services.auth.accounts import addresses, returning, store, verifications
from services.auth.accounts.addresses import Address, AddressUnusable
from services.auth.accounts.store import Account, NewAccount
from services.auth.accounts.verifications import Wish
from services.auth.authorize import methods
from services.auth.authorize.methods import Door, LoginMethodNotAllowed
from services.auth.ground import Ground
from services.auth.letterbox import box
from services.auth.letterbox.box import SignUpAsked
from services.auth.mail import Letter, outbox
from services.auth.passwords import policy

REMINDERS_PER_HOUR: Final = 3
"""How often an owner is told that somebody signs up with their address."""


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """What the form brings."""

    email: str
    password: str
    language: Language
    return_to: str = ""


async def register(ground: Ground, form: SignUp) -> None:
    """Takes a sign-up: the work and the answer are the same whether the address is new, known or put out.

    What becomes of it is settled afterwards, where nobody can measure it. Raises ValidationFailed (about the form
    alone), LoginMethodNotAllowed and QueueFull.
    """
    door = await methods.door(ground, form.return_to)
    if "email" not in door.allowed:
        raise LoginMethodNotAllowed
    address = await _checked(ground, form)
    digest = await ground.passwords.hash(form.password)
    now = ground.clock.now()
    ask = SignUpAsked(
        email=address.email,
        email_key=address.key,
        password_hash=digest,
        role=role_at(door, form.return_to),
        language=form.language,
        return_to=form.return_to,
    )
    await methods.wait_for(ground, form.return_to, now + verifications.LIFETIME)
    async with ground.db.transaction() as tx:
        await box.put(tx, ground.vault, ask, now)


def role_at(door: Door, return_to: str) -> Role:
    """Who comes from an app is its user; who comes to the console, or from our own tools, develops (auth.md 6.1)."""
    if not returning.leads_away(return_to):
        return "developer"
    return "developer" if door.asker is not None and door.asker.first_party else "user"


async def settle(ground: Ground, tx: Tx, ask: SignUpAsked) -> None:
    """Makes an account at level 0 and mails its link; the owner of a known address gets a mail instead."""
    now = ground.clock.now()
    new = NewAccount(
        email=ask.email,
        email_key=ask.email_key,
        password_hash=ask.password_hash,
        role=ask.role,
        language=ask.language,
    )
    account = await store.insert(tx, new, now)
    if account is None:
        await _known(tx, ground, ask)
        return
    event = UserRegistered(event_id=new_event_id(now), occurred_at=now, user=account.public())
    await announce(tx, event)
    await verifications.send(tx, ground, account, Wish(language=ask.language, return_to=ask.return_to))


async def _known(tx: Tx, ground: Ground, ask: SignUpAsked) -> None:
    found = await store.at_the_door(tx, ask.email_key, ground.clock.now())
    account = None if found is None else await store.lock(tx, found.id)
    if account is None or account.suspended_at is not None:
        return
    if account.identity_verified_level == 0:
        if account.deleted_at is not None:
            return
        wish = Wish(language=ask.language, return_to=ask.return_to, password_hash=ask.password_hash)
        await verifications.send(tx, ground, account, wish)
    else:
        await _remind(tx, ground, account, ask)


async def _remind(tx: Tx, ground: Ground, account: Account, ask: SignUpAsked) -> None:
    now = ground.clock.now()
    recipient = str(account.email)
    if await outbox.recent(tx, "already_registered", recipient, now - timedelta(hours=1)) >= REMINDERS_PER_HOUR:
        return
    link = f"{ground.issuer}{returning.sign_in(ask.return_to) if ask.return_to else '/session/new'}"
    letter = Letter(kind="already_registered", recipient=recipient, language=ask.language, link=link)
    await mail.enqueue(tx, ground.vault, letter, now)


async def _checked(ground: Ground, form: SignUp) -> Address:
    """The values of `fields` are keys of the catalogue."""
    wrong: dict[str, list[str]] = {}
    address = None
    try:
        address = addresses.new(form.email)
    except AddressUnusable:
        wrong["email"] = ["sign_up.email_unusable"]
    fault = await policy.fault(ground, form.password, form.email)
    if fault is not None:
        wrong["password"] = [fault]
    if wrong or address is None:
        raise ValidationFailed(fields=wrong)
    return address
