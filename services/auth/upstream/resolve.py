"""Whose account an identity opens (auth.md 2.6): the one it is linked to, one with its proved address, or a new one.

An address opens an account only where the provider has proved it and is the authority for it, and where the account's
owner has proved it too; whoever only claims an address never gets into, or keeps, an account of its owner.
"""

from hashlib import sha256

from chassis.events import announce
from chassis.postgres import Tx
from chassis.web.languages import Language
from contracts.events.auth import UserRegistered
from contracts.ids import new_event_id
from contracts.principal import Role
from services.auth import mail
from services.auth.accounts import addresses, give_up, verifications
from services.auth.accounts import store as accounts
from services.auth.accounts.addresses import Address, AddressUnusable
from services.auth.accounts.store import Account, NewAccount
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.upstream import store
from services.auth.upstream.exchange import Found
from services.auth.upstream.refusals import (
    AccountClosed,
    AccountUnusable,
    EmailAlreadyRegistered,
    IdentityOwnedByAnotherAccount,
    Overtaken,
    linked_to_other,
)
from services.auth.upstream.store import Connector


async def account(
    tx: Tx, ground: Ground, connector: Connector, found: Found, *, role: Role, language: Language
) -> Account:
    """Raises AccountClosed, AccountUnusable, EmailAlreadyRegistered, LinkedToOther and its kin.

    Two first sign-ins at once: one of them is Overtaken, or fails at a unique index, and is tried again.
    """
    now = ground.clock.now()
    held = await store.owner(tx, connector.key, found.subject)
    if held is not None:
        known = await _known(tx, held)
        await store.link(tx, known.id, connector.key, found.subject, found.email, now)
        return known
    address = proved_address(found)
    holder = None if address is None else await accounts.by_email(tx, address.key)
    opened = None if holder is None else await _opened(tx, ground, connector, found, holder)
    if opened is None:
        opened = await _new(tx, ground, connector, found, address, role=role, language=language)
    await store.link(tx, opened.id, connector.key, found.subject, found.email, now)
    return opened


async def link(tx: Tx, ground: Ground, connector: Connector, found: Found, user_id: int) -> None:
    """Adds an identity to the account of somebody who is signed in to it.

    Raises AccountUnusable, IdentityOwnedByAnotherAccount, LinkedToOther and its kin.
    """
    owner = await store.owner(tx, connector.key, found.subject)
    if owner not in {None, user_id}:
        raise IdentityOwnedByAnotherAccount
    person = await _living(tx, user_id)
    if await store.has_other(tx, user_id, connector.key, found.subject):
        raise linked_to_other(connector.key)
    if not await store.link(tx, user_id, connector.key, found.subject, found.email, ground.clock.now()):
        await _tell(tx, ground, connector, person)


async def _known(tx: Tx, user_id: int) -> Account:
    """Of somebody who has shown that they are its owner."""
    person = await accounts.lock(tx, user_id)
    if person is not None and person.deleted_at is not None:
        raise AccountClosed(user_id)
    return await _living(tx, user_id)


async def _living(tx: Tx, user_id: int) -> Account:
    person = await accounts.lock(tx, user_id)
    if person is None or not person.living:
        raise AccountUnusable
    return person


async def _opened(tx: Tx, ground: Ground, connector: Connector, found: Found, holder: Account) -> Account | None:
    """The account that the identity opens by the address of `holder`: its own, or the one that has absorbed it. None
    where the holder lost the address.
    """
    person = await _living(tx, holder.merged_into or holder.id)
    if not found.authoritative:
        raise EmailAlreadyRegistered
    if holder.identity_verified_level == 0:
        # Whoever signed up with this address never proved it, and may have set a password in its owner's name.
        await give_up.address(tx, holder.id, ground.clock.now())
        return None
    if await store.has_other(tx, person.id, connector.key, found.subject):
        raise linked_to_other(connector.key)
    await _tell(tx, ground, connector, person)
    return person


async def _new(  # noqa: PLR0913 - what an account begins with
    tx: Tx,
    ground: Ground,
    connector: Connector,
    found: Found,
    address: Address | None,
    *,
    role: Role,
    language: Language,
) -> Account:
    """An address that its authority has proved counts as proved; any other one gets a mail with a link."""
    now, proved = ground.clock.now(), address is not None and found.authoritative
    address = address or synthetic_address(connector.key, found.subject, ground.settings.synthetic_mail_domain)
    new = NewAccount(
        email=address.email,
        email_key=address.key,
        password_hash=None,
        role=role,
        identity_verified_level=1 if proved else 0,
        language=language,
    )
    made = await accounts.insert(tx, new, now)
    if made is None:
        raise Overtaken
    await announce(tx, UserRegistered(event_id=new_event_id(now), occurred_at=now, user=made.public()))
    if not proved and addresses.told(address.email, ground.settings.synthetic_mail_domain):
        await verifications.send(tx, ground, made, verifications.Wish(language=language))
    return made


def proved_address(found: Found) -> Address | None:
    """The address that the provider has proved, if mail can reach it."""
    if found.email is None or not found.email_verified:
        return None
    try:
        return addresses.new(found.email)
    except AddressUnusable:
        return None


def synthetic_address(key: str, subject: str, nowhere: str) -> Address:
    """Stands where a provider gives no address: `google+<16 hex digits>@users.invalid` (auth.md 0).

    `nowhere` is the domain, of which no mail is ever sent to anybody.
    """
    email = f"{key}+{sha256(f'{key}:{subject}'.encode()).hexdigest()[:16]}@{nowhere}"
    return Address(email, email)


async def _tell(tx: Tx, ground: Ground, connector: Connector, person: Account) -> None:
    """The owner hears that there is a new way into their account."""
    email = addresses.told(person.email, ground.settings.synthetic_mail_domain)
    if email is None:
        return
    letter = Letter(
        kind="identity_linked",
        recipient=email,
        language="ko" if person.language == "ko" else "en",
        link=f"{ground.issuer}/account/identities",
        places={"provider": connector.name},
    )
    await mail.enqueue(tx, ground.vault, letter, ground.clock.now())
