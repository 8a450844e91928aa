"""Coming back from a provider: the state is spent, the code exchanged, the account found, the session begun."""

import asyncpg
import msgspec

from chassis import work
from chassis.web.languages import Language
from contracts.principal import Role
from services.auth.accounts import returning
from services.auth.authorize import methods
from services.auth.deletion import restore
from services.auth.factors import entrance
from services.auth.factors.entrance import Opened
from services.auth.ground import Ground
from services.auth.sessions.store import Place, SignedIn
from services.auth.upstream import begin, exchange, resolve, store
from services.auth.upstream.exchange import Found
from services.auth.upstream.providers import Metadata
from services.auth.upstream.refusals import AccountClosed, AccountUnusable, AnswerRefused, Overtaken, StateUnknown
from services.auth.upstream.store import Connector, Journey

AMR = ("fed",)
"""Another provider vouched. RFC 8176 has no word for it; this is the one that others use."""

ATTEMPTS = 2
"""Whoever was faster with the same identity or address is found the second time."""

DECLINED = frozenset({"access_denied", "user_cancelled_authorize", "login_required", "interaction_required"})
"""The person changed their mind; the second is Apple's."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brought back, and what it holds."""

    state: str
    code: str = ""
    iss: str | None = None
    error: str = ""
    browser: str
    place: Place
    language: Language
    visitor: SignedIn | None
    """Who is signed in here already."""
    cookie: str | None
    """The session cookie that the browser came with; its session ends."""


class Landed(msgspec.Struct, frozen=True):
    """Where to go on, and what was opened, if somebody has signed in."""

    path: str
    opened: Opened | None = None


async def land(ground: Ground, key: str, arrival: Arrival) -> Landed:
    """Raises ProviderUnknown, StateUnknown, ProviderUnavailable, AnswerRefused, LoginMethodNotAllowed and the refusals
    of `resolve`."""
    connector = await begin.known(ground, key)
    state, browser = begin.digest(arrival.state), begin.bound(arrival.browser)
    journey = await store.arrive(ground.db, state, key, browser, ground.clock.now())
    if journey is None:
        raise StateUnknown
    if arrival.error in DECLINED:
        return Landed(journey.return_to if journey.user_id else returning.sign_in(journey.return_to))
    found = await _found(ground, connector, arrival)
    if journey.user_id is not None:
        return await _linked(ground, connector, found, journey, arrival)
    await methods.must_take(ground, journey.return_to, key)
    with work.unit("upstream.signed_in") as unit:
        unit.note(connector=key)
        for _ in range(ATTEMPTS):
            try:
                return await _signed_in(ground, connector, found, journey, arrival)
            except (asyncpg.UniqueViolationError, Overtaken):
                continue
            except AccountClosed as closed:
                return Landed(await restore.offer(ground, closed.user_id))
        raise AccountUnusable


async def _found(ground: Ground, connector: Connector, arrival: Arrival) -> Found:
    metadata = await ground.providers.metadata(ground.outbound, ground.clock, connector.plan)
    _check_issuer(metadata, arrival.iss)
    if arrival.error or not arrival.code:
        raise AnswerRefused("The provider ended the sign-in with an error.")
    proof = begin.proof_of(ground, connector.key, arrival.browser, arrival.state, arrival.code)
    return await exchange.who(ground, connector, metadata, proof)


def _check_issuer(metadata: Metadata, iss: str | None) -> None:
    """An answer of another provider goes no further than this (RFC 9207 section 2.4)."""
    if iss is None and not metadata.authorization_response_iss_parameter_supported:
        return
    if metadata.issuer is not None and iss != metadata.issuer:
        raise AnswerRefused


async def _signed_in(ground: Ground, connector: Connector, found: Found, journey: Journey, arrival: Arrival) -> Landed:
    # Like the sign-up page: who comes for the console makes apps, whom an app sends is its user.
    role: Role = "user" if returning.leads_away(journey.return_to) else "developer"
    async with ground.db.transaction() as tx:
        person = await resolve.account(tx, ground, connector, found, role=role, language=arrival.language)
        came = entrance.Arrival(
            account=person, methods=AMR, place=arrival.place, cookie=arrival.cookie, by=connector.key
        )
        return Landed(journey.return_to, await entrance.enter(ground, tx, came))


async def _linked(ground: Ground, connector: Connector, found: Found, journey: Journey, arrival: Arrival) -> Landed:
    """Only in the session of whoever set out: another person's browser must not end up linked."""
    if arrival.visitor is None or arrival.visitor.user_id != journey.user_id:
        raise StateUnknown
    with work.unit("upstream.linked") as unit:
        unit.note(connector=connector.key)
        try:
            async with ground.db.transaction() as tx:
                await resolve.link(tx, ground, connector, found, arrival.visitor.user_id)
        except asyncpg.UniqueViolationError:
            raise AccountUnusable("Somebody was linking the same identity at the same time.") from None
    return Landed(journey.return_to)
