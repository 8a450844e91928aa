"""The request that an app was opened with, judged like a browser's, and the code for it."""

from datetime import datetime

import msgspec

from contracts.applications import Application
from contracts.principal import Pak, Role
from contracts.scopes import full_name
from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.api_keys import store as api_keys
from services.auth.authorize import begin, ceiling, decide, store
from services.auth.authorize.refusals import BackToClient
from services.auth.authorize.request import Asked, AuthorizationRequest
from services.auth.ground import Ground
from services.auth.native_consent.refusals import AuthorizationRefused


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever holds the key, which was made at `authenticated_at`; nothing was shown since, and there is no session."""

    user_id: int
    role: Role
    authenticated_at: datetime
    methods: tuple[str, ...] = ()
    sid: bytes | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the person is asked."""

    app: Application
    request: AuthorizationRequest
    scopes: tuple[str, ...]
    """Of those asked for, the ones that this person can give."""
    held: frozenset[str]
    """What they have allowed before."""

    @property
    def fresh(self) -> bool:
        """Whether there is anything that they have not allowed yet."""
        return any(full_name(scope) not in self.held for scope in self.scopes)


Pairs = list[tuple[str, str]]


async def look(ground: Ground, person: Pak, pairs: Pairs) -> Wanted:
    """What will be asked; what was pushed waits for the answer. Raises as `answered`."""
    return await _judged(ground, person, await begin.asked(ground, pairs, until=ground.clock.now() + decide.WAITS))


async def answered(ground: Ground, person: Pak, pairs: Pairs) -> Wanted:
    """What the person has said yes to; what was pushed is taken with it.

    Raises what the browser's way shows here (InvalidRequest, ClientUnknown, AppUnusable, RedirectUriMismatch,
    PushedRequestUnknown), AuthorizationRefused, AnonymousNotAllowed.
    """
    return await _judged(ground, person, await begin.asked(ground, pairs))


async def _judged(ground: Ground, person: Pak, asked: Asked) -> Wanted:
    app = await begin.trusted(ground, asked)
    try:
        request = await begin.passed(ground, asked, app)
        return await _wanted(ground, person, app, request)
    except BackToClient as refusal:
        raise AuthorizationRefused(refusal) from None


async def _wanted(ground: Ground, person: Pak, app: Application, request: AuthorizationRequest) -> Wanted:
    if request.code_challenge is None:
        raise BackToClient("invalid_request", "code_challenge is missing: a code of this way is bound to its verifier.")
    held = await store.granted(ground.db, person.user_id, app.client_id)
    if not held.admitted:
        raise AnonymousNotAllowed
    if request.sub not in {None, held.sub, person.sub}:
        raise BackToClient("login_required", "Somebody else is signed in than the app has asked for.")
    if request.max_age is not None or request.acr_essential or {"login", "select_account"} & set(request.prompt):
        raise BackToClient("interaction_required", "A key cannot sign in anew; send the person to the browser.")
    scopes = await ceiling.given(ground, app.client_id, request.scopes, person)
    if not scopes:
        raise BackToClient("access_denied", "This person cannot give any of these scopes.")
    return Wanted(app=app, request=request, scopes=scopes, held=held.scopes)


async def allow(ground: Ground, person: Pak, wanted: Wanted) -> str:
    """The code. Raises AnonymousNotAllowed, Unauthorized."""
    made_at = await api_keys.made_at(ground.db, person.pak_id)
    holder = Holder(user_id=person.user_id, role=person.role, authenticated_at=made_at or ground.clock.now())
    return await decide.allow(ground, wanted.request, holder, None)
