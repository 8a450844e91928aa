"""A person with a user code: which device it is, and their yes or no."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis import work
from chassis.problems import Problem
from contracts.applications import Application
from contracts.principal import Session
from services.auth.accounts import tries
from services.auth.authorize import ceiling
from services.auth.authorize import store as grants
from services.auth.device import codes, store
from services.auth.ground import Ground

WINDOW: Final = timedelta(minutes=10)
"""As long as a code lives."""

OF_PERSON: Final = 5
OF_NETWORK: Final = 50
"""Wrong codes; an office behind one address has many people."""


class UserCodeUnknown(Problem):
    """Mistyped, expired, decided already, or never issued: which of these is nobody's business."""

    status, code = 400, "user_code_unknown"
    default_detail = "No device waits with this code."


class TooManyUserCodes(Problem):
    """RFC 8628 section 5.1."""

    status, code = 429, "rate_limited"
    default_detail = "Too many wrong codes; wait until the code on the device has changed."


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the person's word."""

    user_code: str
    app: Application
    scopes: tuple[str, ...]
    """Of those asked for, the ones that this person can give."""


async def find(ground: Ground, visitor: Session, ip: str, text: str) -> Device:
    """The device of a user code. Every look counts before it is made, so that parallel guesses count too.

    Raises UserCodeUnknown, TooManyUserCodes.
    """
    now = ground.clock.now()
    keys = [f"user:{visitor.user_id}", f"network:{tries.network(ip)}"]
    async with ground.db.transaction() as tx:
        counted = await store.count(tx, keys, now, WINDOW)
    _judge(counted, keys, now)
    user_code = codes.typed(text)
    waiting = None if user_code is None else await store.waiting(ground.db, user_code, now)
    if waiting is None:
        raise UserCodeUnknown
    app = await ground.clients.fresh(waiting.client_id)
    if app is None or not app.usable:
        raise UserCodeUnknown
    await store.uncount(ground.db, keys)
    scopes = await ceiling.given(ground, app.client_id, waiting.scopes, visitor)
    return Device(user_code=waiting.user_code, app=app, scopes=scopes)


def _judge(counted: dict[str, tuple[int, datetime]], keys: list[str], now: datetime) -> None:
    for key, most in zip(keys, (OF_PERSON, OF_NETWORK), strict=True):
        number, began = counted[key]
        if number > most:
            seconds = max(1, int((began + WINDOW - now).total_seconds()))
            raise TooManyUserCodes(headers={"retry-after": str(seconds)})


async def approve(ground: Ground, visitor: Session, device: Device) -> None:
    """Raises UserCodeUnknown where somebody was faster."""
    now = ground.clock.now()
    with work.unit("device.approved") as unit:
        unit.note(client_id=device.app.client_id, user_id=visitor.user_id, scopes=" ".join(device.scopes))
        async with ground.db.transaction() as tx:
            sub = await grants.grant(tx, visitor.user_id, device.app.client_id, device.scopes, now)
            if not await store.approve(tx, device.user_code, device.scopes, sub, visitor, now):
                raise UserCodeUnknown


async def deny(ground: Ground, device: Device) -> None:
    """Raises UserCodeUnknown where somebody was faster."""
    if not await store.deny(ground.db, device.user_code, ground.clock.now()):
        raise UserCodeUnknown
