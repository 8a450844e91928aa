"""A person with another device: what the picture is about, and their yes or no."""

from uuid import UUID

import msgspec

from chassis import work
from contracts.applications import Application
from contracts.principal import Pak, Session
from services.auth.accounts import store as accounts
from services.auth.authorize import ceiling
from services.auth.ground import Ground
from services.auth.qr import store
from services.auth.qr.refusals import AnonymousNotAllowed, NumberMismatch, QrUnknown
from services.auth.qr.store import QrSession
from services.auth.sessions import browsers

Person = Session | Pak


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the person's word."""

    session: QrSession
    app: Application | None
    """None where nobody but us asks."""
    scopes: tuple[str, ...]
    """Of those asked for, the ones that this person can give."""

    @property
    def label(self) -> str:
        """The browser as its owner will recognise it."""
        return label(self.session.user_agent)


async def look(ground: Ground, person: Person, session: UUID) -> Wanted:
    """What is asked, for whoever may still answer. Raises QrUnknown."""
    found = await store.find(ground.db, session, ground.clock.now())
    if found is None or found.state not in {"pending", "scanned"}:
        raise QrUnknown
    if found.user_id not in {None, person.user_id}:
        raise QrUnknown
    return await _wanted(ground, person, found)


async def scan(ground: Ground, person: Person, session: UUID) -> Wanted:
    """Ties the sign-in to this person; doing it again changes nothing. Raises QrUnknown, AnonymousNotAllowed."""
    account = await accounts.by_id(ground.db, person.user_id)
    if account is None or account.anonymous:
        raise AnonymousNotAllowed
    found = await store.scan(ground.db, session, person.user_id, ground.clock.now())
    if found is None:
        raise QrUnknown
    return await _wanted(ground, person, found)


async def approve(ground: Ground, person: Person, session: UUID, number: int | None) -> Wanted:
    """`number` as the person reads it off the other screen; a wrong one refuses the sign-in.

    Raises QrUnknown, also where somebody was faster, and NumberMismatch.
    """
    wanted, now = await look(ground, person, session), ground.clock.now()
    if number is not None and number != wanted.session.number:
        await store.deny(ground.db, session, person.user_id, now)
        raise NumberMismatch
    shown = person.methods if isinstance(person, Session) else ()
    with work.unit("qr.approved") as unit:
        unit.note(client_id=wanted.session.client_id, user_id=person.user_id)
        if not await store.approve(ground.db, session, person.user_id, shown, now):
            raise QrUnknown
    return wanted


async def deny(ground: Ground, person: Person, session: UUID) -> Wanted:
    """Raises QrUnknown where somebody was faster."""
    wanted = await look(ground, person, session)
    if not await store.deny(ground.db, session, person.user_id, ground.clock.now()):
        raise QrUnknown
    return wanted


def label(user_agent: str) -> str:
    """`Firefox · Linux`: what a person can compare with the screen before them."""
    return browsers.named(user_agent) or "?"


async def _wanted(ground: Ground, person: Person, found: QrSession) -> Wanted:
    app = None if found.client_id is None else await ground.clients.fresh(found.client_id)
    if found.client_id is not None and (app is None or not app.usable):
        raise QrUnknown
    scopes = () if app is None else await ceiling.given(ground, app.client_id, found.scopes, person)
    return Wanted(session=found, app=app, scopes=scopes)
