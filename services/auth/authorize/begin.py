"""From parameters to a request that may be put to a person."""

from datetime import datetime

from contracts.applications import Application
from services.auth.authorize import checks, drift, notice, pushed
from services.auth.authorize.refusals import (
    AppUnusable,
    BackToClient,
    ClientMistaken,
    ClientUnknown,
    PushedRequestUnknown,
)
from services.auth.authorize.request import Asked, AuthorizationRequest, outside
from services.auth.ground import Ground
from services.auth.token import audience
from services.auth.tokens import hint


async def asked(ground: Ground, pairs: list[tuple[str, str]], *, until: datetime | None = None) -> Asked:
    """The parameters that count: those of the address, or all of those that were pushed (RFC 9126 section 4).

    With `until` this is a look: what was pushed is not taken, and kept until then. Raises ClientMistaken,
    PushedRequestUnknown.
    """
    shown = Asked.of(pairs)
    reference = shown.get("request_uri") or ""
    if not reference.startswith(pushed.PREFIX):
        return shown
    if "request_uri" in shown.repeated:
        raise ClientMistaken("request_uri is given twice.")
    client_id = checks.client_id_is_named(shown)
    now = ground.clock.now()
    if until is None:
        held = await pushed.take(ground.db, reference, client_id, now)
    else:
        held = await pushed.look(ground.db, reference, client_id, now, until)
    if held is None:
        raise PushedRequestUnknown
    return Asked.of(held, pushed=True)


async def trusted(ground: Ground, asked: Asked) -> Application:
    """The client, once it may be answered by redirect.

    Raises ClientMistaken, ClientUnknown, AppUnusable, RedirectUriMismatch: these are shown here and never redirect.
    """
    app = await _living(ground, checks.client_id_is_named(asked))
    trust(asked, app)
    return app


def trust(asked: Asked, app: Application) -> None:
    """Raises ClientMistaken, AppUnusable, RedirectUriMismatch."""
    for check in checks.BEFORE_THE_CLIENT_IS_TRUSTED:
        check(asked, app)


async def passed(ground: Ground, asked: Asked, app: Application) -> AuthorizationRequest:
    """Raises BackToClient."""
    beyond = outside(asked, app)
    if beyond:
        await drift.remember(ground.db, app, beyond, ground.clock.now())
        if app.scope_drift_policy == "alert":
            await notice.of_drift(ground, app)
    for check in checks.BEFORE_THE_PERSON_IS_ASKED:
        check(asked, app)
    unknown = await audience.unknown(ground.db, asked.resources)
    if unknown:
        raise BackToClient("invalid_target", "The resource is unknown.", about=unknown)
    return AuthorizationRequest.of(asked, app, await _hinted(ground, asked, app))


async def _hinted(ground: Ground, asked: Asked, app: Application) -> str | None:
    """Whom an ID token of this app means; it may have expired (OpenID Connect Core 3.1.2.1)."""
    shown = asked.get("id_token_hint")
    if shown is None:
        return None
    read = await hint.read(ground, shown)
    if read is None or read.aud != app.client_id:
        raise BackToClient("invalid_request", "id_token_hint is not an ID token that we have issued to this app.")
    return read.sub


async def again(ground: Ground, request: AuthorizationRequest) -> Application:
    """The client of a kept request, which may have lost its standing meanwhile. Raises ClientUnknown, AppUnusable."""
    app = await _living(ground, request.client_id)
    if not app.serves(request.redirect_uri):
        raise AppUnusable
    return app


async def _living(ground: Ground, client_id: str) -> Application:
    app = await ground.clients.fresh(client_id)
    if app is None or app.deleted_at is not None:
        raise ClientUnknown
    return app
