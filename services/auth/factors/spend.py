"""Takes a code that somebody typed, one-time or backup; each is good once, whoever shows it first."""

from typing import Literal

from chassis.postgres import Tx
from services.auth.backup_codes import make
from services.auth.backup_codes import store as backup_codes
from services.auth.factors import notices, store
from services.auth.factors.tries import WrongCode
from services.auth.ground import Ground
from services.auth.totp import codes
from services.auth.totp import store as seeds

By = Literal["totp", "backup_code"]


async def code(ground: Ground, tx: Tx, user_id: int, text: str) -> By:
    """What it was. `tries.take` has counted the try before. Raises WrongCode."""
    backup = make.typed(text)
    by: By = "totp" if backup is None else "backup_code"
    right = await (_one_time(ground, tx, user_id, text) if backup is None else _backup(ground, tx, user_id, backup))
    if not right:
        raise WrongCode
    await store.forget_tries(tx, user_id)
    return by


async def _one_time(ground: Ground, tx: Tx, user_id: int, text: str) -> bool:
    now = ground.clock.now()
    seed = await seeds.find(tx, user_id)
    if seed is None or seed.confirmed_at is None:
        return False
    step = codes.step_of(ground.vault.open(seed.sealed, f"totp/{user_id}").decode(), text, now)
    return step is not None and await seeds.spend(tx, user_id, step, now)


async def _backup(ground: Ground, tx: Tx, user_id: int, code: str) -> bool:
    if not await backup_codes.spend(tx, user_id, make.digest(code), ground.clock.now()):
        return False
    left = (await store.enrolled(tx, user_id)).backup_codes
    await notices.write(ground, tx, user_id, "backup_code_used", left=str(left))
    return True
