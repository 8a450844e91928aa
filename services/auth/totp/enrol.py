"""One-time codes begin with a seed in an app, count from the first right code on, and end when their owner wants."""

from urllib.parse import urlsplit

import msgspec

from chassis.problems import NotFound, Problem, Unauthorized
from contracts.principal import Session
from services.auth import sessions
from services.auth.accounts import store as accounts
from services.auth.backup_codes import make
from services.auth.backup_codes import store as backup_codes
from services.auth.factors import notices, tries
from services.auth.factors import store as factors
from services.auth.factors.tries import WrongCode
from services.auth.ground import Ground
from services.auth.principals import revocations
from services.auth.sessions.store import Proof
from services.auth.totp import codes, store

CODE = Proof(methods=("otp", "mfa"))


class AlreadyEnrolled(Problem):
    status, code = 409, "already_enrolled"
    default_detail = "One-time codes are on already; turn them off first to move them to another app."


class NotBegun(Problem):
    """There is no seed that waits for its first code; somebody else was faster, perhaps."""

    status, code = 409, "enrolment_not_begun"
    default_detail = "Begin the enrolment first."


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator app has to learn: by QR code (`uri`) or by hand (`seed`)."""

    seed: str
    uri: str


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """`backup_codes` are shown in this reply alone, where there were none before; `cookie` is the renewed session's."""

    backup_codes: tuple[str, ...]
    cookie: str


async def begin(ground: Ground, user_id: int) -> Offer:
    """A new seed, which guards nothing until it is confirmed. Raises AlreadyEnrolled, Unauthorized."""
    seed, now = codes.new_seed(), ground.clock.now()
    async with ground.db.transaction() as tx:
        account = await accounts.lock(tx, user_id)
        if account is None or not account.living:
            raise Unauthorized
        if not await store.begin(tx, user_id, ground.vault.seal(seed.encode(), _about(user_id)), now):
            raise AlreadyEnrolled
    return _offer(ground, seed, account.email or account.sub)


async def offered(ground: Ground, user_id: int) -> Offer:
    """The seed that waits for its first code, once more. Raises NotBegun."""
    found, account = await store.find(ground.db, user_id), await accounts.by_id(ground.db, user_id)
    if found is None or account is None or found.confirmed_at is not None:
        raise NotBegun
    return _offer(ground, ground.vault.open(found.sealed, _about(user_id)).decode(), account.email or account.sub)


async def confirm(ground: Ground, caller: Session, text: str) -> Enrolled:
    """From now on sign-ins ask for a code. Raises NotBegun, WrongCode, TooManyCodes, Unauthorized."""
    await tries.take(ground, caller.user_id)
    found, now = await store.find(ground.db, caller.user_id), ground.clock.now()
    if found is None or found.confirmed_at is not None:
        raise NotBegun
    seed = ground.vault.open(found.sealed, _about(caller.user_id)).decode()
    step = codes.step_of(seed, text, now)
    if step is None:
        raise WrongCode
    async with ground.db.transaction() as tx:
        if not await store.confirm(tx, caller.user_id, found.sealed, step, now):
            raise NotBegun
        await factors.forget_tries(tx, caller.user_id)
        made = await make.first_ones(tx, caller.user_id, now)
        await notices.added(ground, tx, caller.user_id, "totp")
        cookie = await sessions.renew(tx, bytes.fromhex(caller.session_id), CODE, now)
        if cookie is None:
            raise Unauthorized
    return Enrolled(backup_codes=made, cookie=cookie)


async def remove(ground: Ground, user_id: int) -> None:
    """Sign-ins ask for no code any more. Raises NotFound where there was none."""
    async with ground.db.transaction() as tx:
        if not await store.remove(tx, user_id):
            raise NotFound
        if not (await factors.enrolled(tx, user_id)).any:
            await backup_codes.remove(tx, user_id)
        await revocations.advance(tx)
        await notices.removed(ground, tx, user_id, "totp")


def _offer(ground: Ground, seed: str, account: str) -> Offer:
    return Offer(seed=seed, uri=codes.uri(seed, account, urlsplit(ground.issuer).hostname or "logi"))


def _about(user_id: int) -> str:
    return f"totp/{user_id}"
