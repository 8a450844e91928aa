"""Making and revoking personal API keys."""

import re
from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Final

import msgspec

from chassis.problems import NotFound, Problem, Unauthorized, ValidationFailed
from chassis.web.guard import InsufficientScope
from contracts.ids import new_pak
from contracts.principal import Pak, Session
from contracts.scopes import ADMIN_PAK_SCOPES, PAK_SCOPES, covers
from services.auth import step_up
from services.auth.accounts import store as accounts
from services.auth.anonymous import mine
from services.auth.api_keys import store
from services.auth.api_keys.store import ApiKey, NewKey
from services.auth.ground import Ground
from services.auth.names import tidy
from services.auth.principals import revocations
from services.auth.standing import store as standing

MOST_LIVING: Final = 20
LONGEST_NAME: Final = 80
LONGEST_DAYS: Final = 365
SLUG: Final = re.compile(r"[a-z0-9-]{1,64}")


class TooManyKeys(Problem):
    status, code = 409, "too_many_api_keys"
    default_detail = f"An account has at most {MOST_LIVING} living keys; revoke one first."


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a new key shall be called and may do; `expires_in_days` from 1 to 365."""

    name: str
    scopes: tuple[str, ...]
    expires_in_days: int = 90
    organization: str | None = None
    """The slug of the one that shall count where a request names none; whether one belongs to it shows in its use."""


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """`plain` exists here and in the one reply, nowhere else."""

    plain: str
    key: ApiKey


async def create(ground: Ground, caller: Session | Pak, wish: KeyRequest) -> MadeKey:
    """A key that another one makes ends with it at the latest, so that none prolongs itself.

    Raises ValidationFailed, StepUpRequired, InsufficientScope, TooManyKeys.
    """
    now = ground.clock.now()
    if isinstance(caller, Session):
        step_up.require(ground, caller)  # the key outlives the session
    plain = new_pak()
    async with ground.db.transaction() as tx:
        account = await accounts.lock(tx, caller.user_id)  # keys made at once are counted one after the other
        if account is None or not account.living:
            raise Unauthorized
        _check(wish, grantable(account.role))
        if isinstance(caller, Pak):
            _within(caller, wish.scopes)
        if await store.count_living(tx, account.id, now) >= MOST_LIVING:
            raise TooManyKeys
        ends = now + timedelta(days=wish.expires_in_days)
        if isinstance(caller, Pak):
            ends = min(ends, await store.ends_at(tx, caller.pak_id) or ends)
        new = NewKey(
            user_id=account.id,
            name=tidy(wish.name, LONGEST_NAME) or "",
            sha256=sha256(plain.encode()).digest(),
            last4=plain[-4:],
            scopes=tuple(dict.fromkeys(wish.scopes)),
            expires_at=ends,
            organization=wish.organization,
        )
        key = await store.insert(tx, new, now)
        await standing.note(tx, account.id, "self", "pak.created", {"key": key.id, "scopes": list(key.scopes)}, now)
    return MadeKey(plain=plain, key=key)


async def revoke(ground: Ground, user_id: int, key_id: int) -> None:
    """From the commit on the key opens nothing; the device of a device's key goes with it, or it would make another.

    Raises NotFound.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        if not await store.revoke(tx, user_id, key_id, now):
            raise NotFound
        device_id = await store.device_of(tx, key_id)
        if device_id is not None:
            await mine.end(tx, user_id, device_id, now)
        await standing.note(tx, user_id, "self", "pak.revoked", {"key": key_id}, now)
        await revocations.advance(tx)


def grantable(role: str) -> tuple[str, ...]:
    """The scopes that a person of this role may put on a key."""
    return (*PAK_SCOPES, *ADMIN_PAK_SCOPES) if role == "admin" else PAK_SCOPES


def _check(wish: KeyRequest, allowed: Collection[str]) -> None:
    """The values are keys of the catalogue and readable as they are."""
    wrong: dict[str, list[str]] = {}
    if tidy(wish.name, LONGEST_NAME) is None:
        wrong["name"] = ["keys.name_length"]
    if not wish.scopes or any(scope not in allowed for scope in wish.scopes):
        wrong["scopes"] = ["keys.scopes_wrong"]
    if not 1 <= wish.expires_in_days <= LONGEST_DAYS:
        wrong["expires_in_days"] = ["keys.days_range"]
    if wish.organization is not None and not SLUG.fullmatch(wish.organization):
        wrong["organization"] = ["keys.slug"]
    if wrong:
        raise ValidationFailed(fields=wrong)


def _within(caller: Pak, wished: Collection[str]) -> None:
    """A key makes no key that may do more than itself."""
    missing = [scope for scope in wished if not covers(caller.scopes, scope)]
    if missing:
        raise InsufficientScope(required_scope=" ".join(missing))
