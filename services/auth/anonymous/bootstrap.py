"""A device begins an account of nobody, or comes back to the account that it belongs to (auth.md 1.5, 6.2)."""

from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from chassis import work
from chassis.postgres import Tx
from chassis.problems import TemporarilyUnavailable
from contracts.applications import Application
from contracts.ids import APP_CLIENT_ID
from services.auth.anonymous import devices, store
from services.auth.anonymous.refusals import InvalidDeviceSecret
from services.auth.anonymous.store import Device, NewDevice, Platform
from services.auth.ground import Ground
from services.auth.keys.ring import Key
from services.auth.token import log
from services.auth.token.log import Caller, Entry
from services.auth.token.request import Lifetimes
from services.auth.tokens import families, mint
from services.auth.tokens.families import Family

SCOPES: Final = ("openid", "profile:basic")

METHODS: Final = ("swk",)
"""RFC 8176: a key that software keeps. Nobody was asked anything."""

GRANT: Final = "device_secret"
"""What the log of tokens calls it."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A device as it presents itself."""

    device_uuid: UUID
    platform: Platform
    name: str | None = None
    secret: str | None = None
    caller: Caller


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose device it is; `secret` only when it is new."""

    user_id: int
    anonymous: bool
    secret: str | None = None


class Booted(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_in` in seconds."""

    access_token: str
    expires_in: int
    owner: Owner


async def arrive(ground: Ground, arrival: Arrival) -> Booted:
    """Raises InvalidDeviceSecret, and TemporarilyUnavailable where the platform's app is not set up."""
    now = ground.clock.now()
    app, key = await platform_app(ground), await ground.ring.signing("own")
    with work.unit("device.arrived") as unit:
        async with ground.db.transaction() as tx:
            owner = await _owner(tx, ground.settings.synthetic_mail_domain, arrival, now)
            unit.note(user_id=owner.user_id, anonymous=owner.anonymous, first=owner.secret is not None)
            return await token(tx, Issue(ground.issuer, app, key, arrival.caller, now), owner)


async def platform_app(ground: Ground) -> Application:
    """The client that devices' tokens are for. Raises TemporarilyUnavailable."""
    app = await ground.clients.fresh(APP_CLIENT_ID)
    if app is None or not app.usable:
        raise TemporarilyUnavailable("The platform's own app is not set up here.")
    return app


class Issue(msgspec.Struct, frozen=True):
    """What it takes to issue a token to the platform's app."""

    issuer: str
    app: Application
    key: Key
    caller: Caller
    now: datetime


async def token(tx: Tx, issue: Issue, owner: Owner) -> Booted:
    """An access token of the app's, without a refresh token: the device's secret is what lasts."""
    life = mint.Life(issue.now, issue.now + Lifetimes.of(issue.app).access)
    family = Family(
        id=families.new_id(),
        client_id=issue.app.client_id,
        user_id=owner.user_id,
        sub=str(owner.user_id),
        scopes=SCOPES,
        authenticated_at=issue.now,
        methods=METHODS,
    )
    jti = families.new_jti(family.id)
    await families.begin(tx, family, issue.now, life.expires)
    entry = Entry(
        at=issue.now,
        grant_type=GRANT,
        client_id=family.client_id,
        caller=issue.caller,
        jti=jti,
        sub=family.sub,
        scopes=SCOPES,
    )
    await log.write(tx, entry)
    written = mint.own_access_token(issue.key, family, SCOPES, mint.Stamp(issue.issuer, jti, life))
    return Booted(access_token=written, expires_in=int((life.expires - life.issued).total_seconds()), owner=owner)


async def _owner(tx: Tx, domain: str, arrival: Arrival, now: datetime) -> Owner:
    known = await store.find(tx, arrival.device_uuid, arrival.platform)
    if known is not None and known.deleted:
        # Its account is gone: whoever holds the device now begins anew, and gets nothing of what was.
        await store.forget(tx, known.id)
        known = None
    if known is not None:
        return await _again(tx, known, arrival, now)
    if arrival.secret is not None:
        raise InvalidDeviceSecret("This device is not known here; come again without a secret.")
    user_id = await store.begin_account(tx, synthetic_address(arrival, domain), now)
    if user_id is None:
        raise InvalidDeviceSecret  # somebody begins this very device at this moment
    secret = devices.new_secret()
    new = NewDevice(
        user_id=user_id,
        device_uuid=arrival.device_uuid,
        platform=arrival.platform,
        name=arrival.name,
        secret_sha256=devices.digest(secret),
    )
    if await store.insert(tx, new, now) is None:
        raise InvalidDeviceSecret
    return Owner(user_id=user_id, anonymous=True, secret=secret)


async def _again(tx: Tx, known: Device, arrival: Arrival, now: datetime) -> Owner:
    devices.prove(known, arrival.secret)
    await store.used(tx, known.id, now)
    return Owner(user_id=known.user_id, anonymous=known.anonymous)


def synthetic_address(arrival: Arrival, domain: str) -> str:
    """`anon+<16 hex>@…`; nothing is ever mailed to it, and no claim tells it (auth.md 0)."""
    device = f"{arrival.platform}:{arrival.device_uuid}"
    return f"anon+{sha256(device.encode()).hexdigest()[:16]}@{domain}"
