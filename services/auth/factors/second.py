"""The second half of a sign-in: the half that is kept ends with it, and the session begins with all that was shown."""

from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.problems import Problem
from services.auth import sessions
from services.auth.accounts import log
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.factors import spend, store, tries
from services.auth.factors.tries import TooManyCodes, WrongCode
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.passkeys import show
from services.auth.passkeys.show import PasskeyRefused
from services.auth.sessions.store import Place

CODE: Final = ("otp", "mfa")
PASSKEY: Final = ("pop", "user", "mfa")
"""RFC 8176: possession of a key, presence of its user; that it was hardware nobody has attested."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie of the new session, and the one by which the account knows this browser from now on."""

    cookie: str
    device: str


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The browser in which a sign-in is finished."""

    place: Place
    cookie: str | None = None
    """The session cookie that it came with; its session ends."""
    device: str | None = None
    """The cookie of a browser that some account knows."""


class SignInExpired(Problem):
    """It took too long, was finished already, or the account may not be used any more."""

    status, code = 401, "sign_in_expired"
    default_detail = "Sign in again; the first step of this sign-in does not count any more."


async def by_code(ground: Ground, half: str, text: str, visit: Visit) -> Finished:
    """Raises SignInExpired, WrongCode, TooManyCodes."""
    now, account = ground.clock.now(), await whose(ground, half)
    try:
        await tries.take(ground, account.id)
        async with ground.db.transaction() as tx:
            methods = await _settled(tx, ground, half)
            by = await spend.code(ground, tx, account.id, text)
            return await _finished(ground, tx, account, _joined(methods, CODE), visit, by)
    except (WrongCode, TooManyCodes) as problem:
        outcome: log.Outcome = "wrong_code" if isinstance(problem, WrongCode) else "too_many_tries"
        await log.note(ground.db, account, outcome, visit.place, now, "second_factor")
        raise


async def by_passkey(ground: Ground, half: str, answer: str, visit: Visit) -> Finished:
    """Raises SignInExpired, PasskeyRefused."""
    now, account = ground.clock.now(), await whose(ground, half)
    read = await show.read(ground, answer, bound_to(half))
    try:
        async with ground.db.transaction() as tx:
            methods = await _settled(tx, ground, half)
            await show.verify(ground, tx, read, user_id=account.id, verified=False)
            return await _finished(ground, tx, account, _joined(methods, PASSKEY), visit, "passkey")
    except PasskeyRefused:
        await log.note(ground.db, account, "wrong_code", visit.place, now, "passkey")
        raise


async def _finished(
    ground: Ground, tx: Tx, account: Account, methods: tuple[str, ...], visit: Visit, by: str
) -> Finished:
    now = ground.clock.now()
    await log.note(tx, account, "signed_in", visit.place, now, by)
    cookie, _ = await sessions.begin(tx, account, methods, visit.place, now, replaces=visit.cookie)
    return Finished(cookie=cookie, device=await remember.browser(tx, ground, account.id, visit.device))


async def whose(ground: Ground, half: str | None) -> Account:
    """Raises SignInExpired."""
    found = None if half is None else await store.owing(ground.db, half, ground.clock.now())
    account = None if found is None else await accounts.by_id(ground.db, found.user_id)
    if account is None or not account.living:
        raise SignInExpired
    return account


def bound_to(half: str) -> bytes:
    """What challenges of this half sign-in are given to."""
    return store.digest(f"second {half}")


async def _settled(tx: Tx, ground: Ground, half: str) -> tuple[str, ...]:
    found = await store.settle(tx, half, ground.clock.now())
    if found is None:
        raise SignInExpired
    return found.methods


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
