"""What comes next for a request that passed its checks: sign in, consent, or the way back with a code."""

import secrets
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from chassis import work
from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.applications import Application
from contracts.events.usage import RedirectUriUsed
from contracts.scopes import full_name
from services.auth.authorize import ceiling, store, strength
from services.auth.authorize.refusals import BackToClient, RequestExpired
from services.auth.authorize.request import AuthorizationRequest
from services.auth.authorize.store import Held, Pending
from services.auth.ground import Ground
from services.auth.sessions.store import SignedIn
from services.auth.token import codes
from services.auth.token.codes import Code
from services.auth.token.request import CODE_LIFETIME
from services.auth.tokens import families
from services.auth.tokens.families import Family

WAITS = timedelta(minutes=10)
"""How long a person may take to sign in and to consent."""


class SignIn(msgspec.Struct, frozen=True):
    """The person has to sign in; `again` even if somebody is signed in already."""

    again: bool
    confirm: bool = False
    """Whether the second factor of who is signed in is enough."""


class ChooseAccount(msgspec.Struct, frozen=True):
    """Somebody is signed in, and the person has to say whether it is to be them."""


class AskConsent(msgspec.Struct, frozen=True):
    """The person has to be asked; `fresh` are the scopes they have not allowed before."""

    fresh: tuple[str, ...]


class Allowed(msgspec.Struct, frozen=True):
    """Nothing needs to be asked."""


async def decide(
    ground: Ground, app: Application, pending: Pending, visitor: SignedIn | None
) -> SignIn | ChooseAccount | AskConsent | Allowed:
    """Raises BackToClient where `prompt=none` forbids to ask what needs to be asked."""
    request = pending.request
    silent = "none" in request.prompt
    if visitor is None or not _fresh_enough(pending, visitor, ground.clock.now()):
        if silent:
            raise BackToClient("login_required", "Nobody is signed in, or not recently enough.")
        return SignIn(again=visitor is not None)
    if not _chosen(pending, visitor):
        return ChooseAccount()
    held = await store.granted(ground.db, visitor.user_id, app.client_id)
    if not held.admitted:
        raise BackToClient("access_denied", "anonymous_not_allowed")
    if request.sub not in {None, held.sub, visitor.sub}:
        if silent or visitor.authenticated_at >= pending.created_at:
            raise BackToClient("login_required", "Somebody else is signed in than the app has asked for.")
        return SignIn(again=True)
    if strength.judge(request, visitor) == "confirm":
        return SignIn(again=True, confirm=True)
    return await _of_scopes(ground, app, request, visitor, held)


async def _of_scopes(
    ground: Ground, app: Application, request: AuthorizationRequest, visitor: SignedIn, held: Held
) -> AskConsent | Allowed:
    scopes = await ceiling.given(ground, app.client_id, request.scopes, visitor)
    if not scopes:
        raise BackToClient("access_denied", "This person cannot give any of these scopes.")
    if app.first_party and "consent" not in request.prompt:
        return Allowed()
    fresh = tuple(scope for scope in scopes if full_name(scope) not in held.scopes)
    if not fresh and "consent" not in request.prompt:
        return Allowed()
    if "none" in request.prompt:
        raise BackToClient("consent_required", "The person has not allowed all of these scopes.")
    return AskConsent(fresh or scopes)


def _fresh_enough(pending: Pending, visitor: SignedIn, now: datetime) -> bool:
    """Whoever signed in for this very request has done all that it may ask for."""
    if visitor.authenticated_at >= pending.created_at:
        return True
    if "login" in pending.request.prompt:
        return False
    max_age = pending.request.max_age
    return max_age is None or visitor.authenticated_at + timedelta(seconds=max_age) >= now


def _chosen(pending: Pending, visitor: SignedIn) -> bool:
    """Whoever signed in for this request has chosen by doing so."""
    if "select_account" not in pending.request.prompt or visitor.authenticated_at >= pending.created_at:
        return True
    return pending.chosen == visitor.id


async def keep(ground: Ground, pending: Pending) -> str:
    """Keeps a request on our side and returns its handle, so that nobody changes it on the way."""
    handle = secrets.token_urlsafe(32)
    await store.keep(ground.db, store.digest(handle), pending, pending.created_at + WAITS)
    return handle


async def kept(ground: Ground, handle: str) -> Pending:
    """Raises RequestExpired."""
    found = await store.find(ground.db, store.digest(handle), ground.clock.now())
    if found is None:
        raise RequestExpired
    return found


class Consenting(ceiling.Person, Protocol):
    """Whoever says yes, and how they had shown who they are."""

    @property
    def authenticated_at(self) -> datetime: ...
    @property
    def methods(self) -> tuple[str, ...]: ...
    @property
    def sid(self) -> bytes | None: ...


async def allow(ground: Ground, request: AuthorizationRequest, visitor: Consenting, handle: str | None) -> str:
    """Remembers the consent, ends the kept request, and returns the code. Raises RequestExpired."""
    now, code = ground.clock.now(), secrets.token_urlsafe(32)
    scopes = await ceiling.given(ground, request.client_id, request.scopes, visitor)
    with work.unit("code.issued") as unit:
        unit.note(client_id=request.client_id, user_id=visitor.user_id, scopes=" ".join(scopes))
        async with ground.db.transaction() as tx:
            if handle is not None and not await store.finish(tx, store.digest(handle)):
                raise RequestExpired
            sub = await store.grant(tx, visitor.user_id, request.client_id, scopes, now)
            family = _family(request, visitor, sub, scopes)
            await codes.insert(tx, store.digest(code), _code(request, family, now + CODE_LIFETIME), now)
            await _report(tx, request, now)
    return code


async def _report(tx: Tx, request: AuthorizationRequest, now: datetime) -> None:
    """Registry shows each redirect URI's last use, so that an old one can be removed once nobody uses it."""
    if await store.used(tx, request.client_id, request.redirect_uri, now):
        told = RedirectUriUsed(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            client_id=request.client_id,
            uri=request.redirect_uri,
            used_at=now,
        )
        await announce(tx, told)


async def deny(ground: Ground, handle: str) -> None:
    """Raises RequestExpired, or BackToClient with the person's no."""
    if not await store.finish(ground.db, store.digest(handle)):
        raise RequestExpired
    raise BackToClient("access_denied", "The person declined.")


def _family(request: AuthorizationRequest, visitor: Consenting, sub: str, scopes: tuple[str, ...]) -> Family:
    return Family(
        id=families.new_id(),
        client_id=request.client_id,
        user_id=visitor.user_id,
        sub=sub,
        scopes=scopes,
        authenticated_at=visitor.authenticated_at,
        methods=visitor.methods,
        session_id=visitor.sid,
        resources=request.resources,
    )


def _code(request: AuthorizationRequest, family: Family, expires_at: datetime) -> Code:
    return Code(
        family=family,
        redirect_uri=request.redirect_uri,
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        claims=request.claims,
        jkt=request.dpop_jkt,
        expires_at=expires_at,
    )
