"""The second half of a sign-in: the half that is kept ends with it, and the session begins with all that was shown."""

from typing import Final

from chassis.postgres import Tx
from chassis.problems import Problem
from services.auth import sessions
from services.auth.accounts import log
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.factors import spend, store, tries
from services.auth.factors.tries import TooManyCodes, WrongCode
from services.auth.ground import Ground
from services.auth.passkeys import show
from services.auth.passkeys.show import PasskeyRefused
from services.auth.sessions.store import Place

CODE: Final = ("otp", "mfa")
PASSKEY: Final = ("pop", "user", "mfa")
"""RFC 8176: possession of a key, presence of its user; that it was hardware nobody has attested."""


class SignInExpired(Problem):
    """It took too long, was finished already, or the account may not be used any more."""

    status, code = 401, "sign_in_expired"
    default_detail = "Sign in again; the first step of this sign-in does not count any more."


async def by_code(ground: Ground, half: str, text: str, place: Place, cookie: str | None) -> str:
    """The cookie of the new session. Raises SignInExpired, WrongCode, TooManyCodes."""
    now, account = ground.clock.now(), await whose(ground, half)
    try:
        await tries.take(ground, account.id)
        async with ground.db.transaction() as tx:
            methods = await _settled(tx, ground, half)
            by = await spend.code(ground, tx, account.id, text)
            await log.note(tx, account, "signed_in", place, now, by)
            fresh, _ = await sessions.begin(tx, account, _joined(methods, CODE), place, now, replaces=cookie)
    except (WrongCode, TooManyCodes) as problem:
        outcome: log.Outcome = "wrong_code" if isinstance(problem, WrongCode) else "too_many_tries"
        await log.note(ground.db, account, outcome, place, now, "second_factor")
        raise
    return fresh


async def by_passkey(ground: Ground, half: str, answer: str, place: Place, cookie: str | None) -> str:
    """The cookie of the new session. Raises SignInExpired, PasskeyRefused."""
    now, account = ground.clock.now(), await whose(ground, half)
    read = await show.read(ground, answer, bound_to(half))
    try:
        async with ground.db.transaction() as tx:
            methods = await _settled(tx, ground, half)
            await show.verify(ground, tx, read, user_id=account.id, verified=False)
            await log.note(tx, account, "signed_in", place, now, "passkey")
            fresh, _ = await sessions.begin(tx, account, _joined(methods, PASSKEY), place, now, replaces=cookie)
    except PasskeyRefused:
        await log.note(ground.db, account, "wrong_code", place, now, "passkey")
        raise
    return fresh


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
