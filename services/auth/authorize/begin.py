"""From parameters to a request that may be put to a person."""

from contracts.applications import Application
from services.auth.authorize import checks
from services.auth.authorize.refusals import AppUnusable, ClientUnknown
from services.auth.authorize.request import Asked, AuthorizationRequest
from services.auth.ground import Ground


async def trusted(ground: Ground, asked: Asked) -> Application:
    """The client, once it may be answered by redirect.

    Raises InvalidRequest, ClientUnknown, AppUnusable, RedirectUriMismatch: these are shown here and never redirect.
    """
    app = await _living(ground, checks.client_id_is_named(asked))
    for check in checks.BEFORE_THE_CLIENT_IS_TRUSTED:
        check(asked, app)
    return app


def passed(asked: Asked, app: Application) -> AuthorizationRequest:
    """Raises BackToClient."""
    for check in checks.BEFORE_THE_PERSON_IS_ASKED:
        check(asked, app)
    return AuthorizationRequest.of(asked, app)


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
