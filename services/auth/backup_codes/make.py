"""Making and recognising backup codes: sixteen letters and digits, 79 random bits, so a plain SHA-256 keeps them."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Final

from chassis.postgres import Tx
from chassis.problems import Problem
from services.auth.accounts import store as accounts
from services.auth.backup_codes import store
from services.auth.factors import notices
from services.auth.factors import store as factors
from services.auth.ground import Ground
from services.auth.standing import store as standing

HOW_MANY: Final = 10
LENGTH: Final = 16
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Nothing that is mistaken for something else on paper."""


class NoFactor(Problem):
    status, code = 409, "no_second_factor"
    default_detail = "Backup codes stand in for a second factor, and there is none yet."


async def replace(tx: Tx, user_id: int, now: datetime) -> tuple[str, ...]:
    """Ten new codes, as they are shown this once; earlier ones open nothing any more."""
    made = tuple("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(HOW_MANY))
    await store.replace(tx, user_id, [digest(code) for code in made], now)
    return tuple("-".join(code[at : at + 4] for at in range(0, LENGTH, 4)) for code in made)


async def first_ones(tx: Tx, user_id: int, now: datetime) -> tuple[str, ...]:
    """For an account that has just got its first factor; nothing where codes are left from before."""
    await accounts.lock(tx, user_id)
    if (await factors.enrolled(tx, user_id)).backup_codes > 0:
        return ()
    return await replace(tx, user_id, now)


async def anew(ground: Ground, user_id: int) -> tuple[str, ...]:
    """Ten new ones instead of the old, told to their owner. Raises NoFactor."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await accounts.lock(tx, user_id)  # of sets that are made at once the last one opens the account, not all
        if not (await factors.enrolled(tx, user_id)).any:
            raise NoFactor
        made = await replace(tx, user_id, now)
        await standing.note(tx, user_id, "self", "auth.backup_codes.made", {}, now)
        await notices.write(ground, tx, user_id, "backup_codes_made")
    return made


def typed(text: str) -> str | None:
    """A backup code as it was typed, with or without hyphens; None for what is none, which costs no query."""
    code = "".join(text.lower().replace("-", " ").split())
    return code if len(code) == LENGTH and all(letter in ALPHABET for letter in code) else None


def digest(code: str) -> bytes:
    return sha256(code.encode()).digest()
