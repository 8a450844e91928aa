"""A code by mail, for who has neither a second factor nor a password to show again: at least the mailbox is theirs."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from chassis.postgres import Tx
from chassis.problems import NotFound
from services.auth.accounts.store import Account
from services.auth.factors import notices
from services.auth.factors.tries import WrongCode
from services.auth.ground import Ground

LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
"""For one code (auth.md 5)."""


async def send(ground: Ground, account: Account) -> None:
    """Writes to the proven address; an earlier code does not count any more. Raises NotFound where there is none."""
    if account.email is None or account.identity_verified_level < 1:
        raise NotFound
    code, now = f"{secrets.randbelow(10**6):06}", ground.clock.now()
    async with ground.db.transaction() as tx:
        await tx.execute(
            """insert into mailed_codes as m (user_id, sha256, created_at, expires_at) values ($1, $2, $3, $4)
            on conflict (user_id) do update set sha256 = $2, created_at = $3, expires_at = $4, tries = 0""",
            account.id,
            _digest(account.id, code),
            now,
            now + LIFETIME,
        )
        await notices.write(ground, tx, account.id, "confirm_code", code=code)


async def waits(ground: Ground, user_id: int) -> bool:
    """Whether a code is under way that can still be typed."""
    found = await ground.db.fetchval(
        "select true from mailed_codes where user_id = $1 and expires_at > $2 and tries < $3",
        user_id,
        ground.clock.now(),
        TRIES,
    )
    return found is not None


async def count(ground: Ground, user_id: int) -> None:
    """Counts a try before it is judged, so that parallel guesses count too. Raises WrongCode where none is left."""
    counted = await ground.db.fetchval(
        """update mailed_codes set tries = tries + 1 where user_id = $1 and expires_at > $2 and tries < $3
        returning true""",
        user_id,
        ground.clock.now(),
        TRIES,
    )
    if counted is None:
        raise WrongCode


async def spend(tx: Tx, user_id: int, text: str, now: datetime) -> None:
    """Takes the code; of two who show it at once, one is let through. Raises WrongCode."""
    held = await tx.fetchval(
        "select sha256 from mailed_codes where user_id = $1 and expires_at > $2 for update", user_id, now
    )
    if held is None or not hmac.compare_digest(held, _digest(user_id, "".join(text.split()))):
        raise WrongCode
    await tx.execute("delete from mailed_codes where user_id = $1", user_id)


def _digest(user_id: int, code: str) -> bytes:
    return sha256(f"{user_id}:{code}".encode(errors="surrogatepass")).digest()
