"""A code by mail, for who has neither a second factor nor a password to show again: at least the mailbox is theirs."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from chassis.postgres import Tx
from chassis.problems import NotFound
from services.auth.accounts.store import Account
from services.auth.factors import notices
from services.auth.factors.tries import WrongCode
from services.auth.ground import Ground
from services.auth.step_up import store

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
"""For one code (auth.md 5)."""


async def send(ground: Ground, account: Account) -> None:
    """Writes to the proven address. Raises NotFound where there is none."""
    if account.email is None or account.identity_verified_level < 1:
        raise NotFound
    code, now = f"{secrets.randbelow(10**6):06}", ground.clock.now()
    async with ground.db.transaction() as tx:
        await store.put(tx, account.id, _digest(account.id, code), now, now + LIFETIME)
        await notices.write(ground, tx, account.id, "confirm_code", code=code)


async def waits(ground: Ground, user_id: int) -> bool:
    """Whether a code is under way that can still be typed."""
    return await store.waits(ground.db, user_id, ground.clock.now(), TRIES)


async def count(ground: Ground, user_id: int) -> None:
    """Counts a try before it is judged, so that parallel guesses count too. Raises WrongCode where none is left."""
    if not await store.count(ground.db, user_id, ground.clock.now(), TRIES):
        raise WrongCode


async def spend(ground: Ground, tx: Tx, user_id: int, text: str) -> None:
    """Takes the code. Raises WrongCode."""
    if not await store.spend(tx, user_id, _digest(user_id, "".join(text.split())), ground.clock.now()):
        raise WrongCode


def _digest(user_id: int, code: str) -> bytes:
    return sha256(f"{user_id}:{code}".encode(errors="surrogatepass")).digest()
