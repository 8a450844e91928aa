"""A device begins: it is given a code to keep and one to show (RFC 8628 section 3.2)."""

from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from chassis import work
from chassis.problems import TemporarilyUnavailable
from contracts.applications import Application
from services.auth.authorize import checks
from services.auth.authorize.refusals import BackToClient
from services.auth.authorize.request import Asked, wanted_scopes
from services.auth.clients.authenticate import UnauthorizedClient
from services.auth.device import codes, store
from services.auth.ground import Ground
from services.auth.token.form import Form
from services.auth.token.refusals import InvalidScope
from services.auth.token.request import DEVICE_CODE

LIFETIME: Final = timedelta(minutes=10)
INTERVAL: Final = timedelta(seconds=5)
PAGE: Final = "/cli/activate"

ATTEMPTS: Final = 5
"""User codes to try until one is free: with 20^8 of them the second one is for luck."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """The reply of RFC 8628 section 3.2; `expires_in` and `interval` in seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


async def begin(ground: Ground, app: Application, form: Form) -> Begun:
    """Raises UnauthorizedClient, InvalidScope."""
    if DEVICE_CODE not in app.grant_types:
        raise UnauthorizedClient("This app may not use the device grant.")
    asked = Asked.of(list(form.fields.items()))
    try:
        checks.scope_is_allowed(asked, app)
    except BackToClient as refusal:
        raise InvalidScope(refusal.description) from None
    with work.unit("device.begun") as unit:
        unit.note(client_id=app.client_id)
        return await _keep(ground, app, wanted_scopes(asked, app))


async def _keep(ground: Ground, app: Application, scopes: tuple[str, ...]) -> Begun:
    now, device_code = ground.clock.now(), codes.new_device_code()
    digest = sha256(device_code.encode()).digest()
    for _ in range(ATTEMPTS):
        waiting = store.Waiting(user_code=codes.new_user_code(), client_id=app.client_id, scopes=scopes)
        if await store.insert(ground.db, digest, waiting, INTERVAL, now, now + LIFETIME):
            return Begun(
                device_code=device_code,
                user_code=codes.shown(waiting.user_code),
                verification_uri=f"{ground.issuer}{PAGE}",
                verification_uri_complete=complete(ground.issuer, waiting.user_code),
                expires_in=int(LIFETIME.total_seconds()),
                interval=int(INTERVAL.total_seconds()),
            )
    raise TemporarilyUnavailable(headers={"retry-after": "1"})


def complete(issuer: str, user_code: str) -> str:
    """The address that spares typing; a QR code holds it."""
    return f"{issuer}{PAGE}?user_code={codes.shown(user_code)}"
