"""Devices at the door: an account of nobody by its secret, a key of its own by the app's token."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.params import Body

from chassis import web
from chassis.problems import Unauthorized
from chassis.web import Given
from chassis.web.describe import Told
from contracts.principal import AccessToken
from services.auth.anonymous import bootstrap, exchange
from services.auth.anonymous.bootstrap import Arrival, Booted
from services.auth.anonymous.exchange import Wish
from services.auth.anonymous.store import Platform
from services.auth.ground import Ground
from services.auth.names import tidy
from services.auth.sessions import visit
from services.auth.token.log import Caller

NO_STORE = {"cache-control": "no-store"}

Text = Annotated[str, msgspec.Meta(max_length=200)]
LONGEST_NAME = 80
Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]


class BootstrapRequest(msgspec.Struct, kw_only=True):
    """`device_secret` is left out the first time."""

    device_id: UUID
    device_platform: Platform
    device_secret: Text | None = None
    device_name: Name | None = None


class DeviceUser(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    anonymous: bool


class DeviceBootstrapResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`expires_in` in seconds; `device_secret` is shown here and never again."""

    access_token: str
    token_type: str
    expires_in: int
    user: DeviceUser
    device_secret: str | None = None


class ExchangeRequest(msgspec.Struct, kw_only=True):
    """`device_secret` is left out the first time."""

    device_uuid: UUID
    platform: Platform
    device_secret: Text | None = None


class DeviceKeyResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`access_token` is the device's key (`logi_pak_…`); like `device_secret` it is shown here and never again."""

    access_token: str
    token_type: str
    scopes: list[str]
    device_id: int
    device_secret: str | None = None


@web.post(
    "/api/v1/auth/anonymous_bootstrap",
    credentials=("none",),
    rate="bootstrap",
    status_code=200,
    tags=["Anonymous"],
    response_headers=NO_STORE,
    told=Told(answers=(401,)),
)
async def anonymous_bootstrap(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[BootstrapRequest, Body()]
) -> DeviceBootstrapResponse:
    """Begins an anonymous account for a device, or resumes the account that the device proves to belong to.

    401 `invalid_device_secret` for a known device without its secret, and for a secret of a device that is not known.
    """
    arrival = Arrival(
        device_uuid=data.device_id,
        platform=data.device_platform,
        name=tidy(data.device_name or "", LONGEST_NAME),
        secret=data.device_secret,
        caller=whence(request),
    )
    return booted(await bootstrap.arrive(ground, arrival))


@web.post(
    "/api/v1/me/device_keys/exchange",
    credentials=("access_token",),
    rate="device_keys",
    status_code=200,
    tags=["Anonymous"],
    response_headers=NO_STORE,
    told=Told(answers=(409,)),
)
async def exchange_device_key(
    request: Request[Any, Any, Any], ground: Given[Ground], data: Annotated[ExchangeRequest, Body()]
) -> DeviceKeyResponse:
    """Gives the device of the platform's own app a key; the one that it had ends.

    409 `device_claimed_by_other_user`; 401 `invalid_device_secret` where the device has a secret and does not show it.
    """
    wish = Wish(device_uuid=data.device_uuid, platform=data.platform, secret=data.device_secret)
    done = await exchange.for_key(ground, app_token(request), wish)
    return DeviceKeyResponse(
        access_token=done.key.plain,
        token_type="Bearer",
        scopes=list(done.key.scopes),
        device_id=done.device_id,
        device_secret=done.secret,
    )


def whence(request: Request[Any, Any, Any]) -> Caller:
    """Where a request came from, for the log of tokens."""
    place = visit.place(request)
    return Caller(ip=place.ip, user_agent=place.user_agent[:400], request_id=web.request_id(request))


def booted(done: Booted) -> DeviceBootstrapResponse:
    return DeviceBootstrapResponse(
        access_token=done.access_token,
        token_type="Bearer",
        expires_in=done.expires_in,
        user=DeviceUser(id=done.owner.user_id, anonymous=done.owner.anonymous),
        device_secret=done.owner.secret,
    )


def app_token(request: Request[Any, Any, Any]) -> AccessToken:
    """The guard has let nothing else in."""
    caller = web.principal(request)
    if not isinstance(caller, AccessToken):
        raise Unauthorized
    return caller


ROUTES = [anonymous_bootstrap, exchange_device_key]
