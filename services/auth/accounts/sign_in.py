"""Signing in with a password: one answer for every way of being wrong, in the same time."""

import msgspec

from chassis.problems import Problem
from services.auth.accounts import addresses, log, store, tries
from services.auth.accounts.store import Account
from services.auth.deletion import restore
from services.auth.factors import entrance
from services.auth.factors.entrance import Arrival, Opened
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.sessions.store import Place


class Mismatch(Problem):
    """Address or password is wrong, or the account may not be used."""

    status, code = 401, "wrong_credentials"
    default_detail = "Email or password is not right."


class TooManyTries(Problem):
    """This account was tried too often from here; the member `anywhere` says that no other network would help."""

    status, code = 429, "rate_limited"
    default_detail = "Too many tries for this account from here."


class AccountClosed(Exception):
    """The account is theirs, and in its grace; `page` asks whether to keep it."""

    def __init__(self, page: str) -> None:
        self.page = page
        super().__init__()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    password: str
    place: Place
    cookie: str | None = None
    """The session cookie that the browser came with; its session ends."""
    device: str | None = None
    """The cookie of a browser that some account knows."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What was opened, and the cookie by which the account knows this browser from now on.

    Not before the second factor, where there is one: a password alone makes nobody known.
    """

    opened: Opened
    device: str | None


async def enter(ground: Ground, attempt: Attempt) -> Entered:
    """The new session, or the page that asks for the second factor.

    Raises Mismatch, AccountClosed, TooManyTries, QueueFull.
    """
    key = addresses.fold(attempt.email)
    now = ground.clock.now()
    account = await store.at_the_door(ground.db, key, now)
    device = await remember.known(ground, attempt.device, account.id if account else None)
    wait = await tries.count(ground.db, key, attempt.place.ip, device, now)
    if wait is not None:
        await log.note(ground.db, account, "too_many_tries", attempt.place, now)
        raise TooManyTries(headers={"retry-after": str(wait.seconds)}, anywhere=wait.anywhere)
    right = await ground.passwords.matches(account.password_hash if account else None, attempt.password)
    if account is None or not right or not account.living:
        await log.note(ground.db, account, "inactive" if right else "wrong_password", attempt.place, now)
        if account is not None and right and account.deleted_at is not None:
            raise AccountClosed(await restore.offer(ground, account.id))
        raise Mismatch
    renewed = await _renewed(ground, account, attempt.password)
    async with ground.db.transaction() as tx:
        if renewed is not None:
            await store.set_password(tx, account.id, renewed, now)
        arrival = Arrival(account=account, methods=("pwd",), place=attempt.place, cookie=attempt.cookie)
        opened = await entrance.enter(ground, tx, arrival)
        known = None if opened.owes else await remember.browser(tx, ground, account.id, attempt.device)
        await tries.forget(tx, key, attempt.place.ip, device)
        return Entered(opened=opened, device=known)


async def _renewed(ground: Ground, account: Account, password: str) -> str | None:
    """The password's hash at today's costs, where the stored one is older."""
    if account.password_hash is None or not ground.passwords.outdated(account.password_hash):
        return None
    return await ground.passwords.hash(password)
