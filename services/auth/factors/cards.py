"""How second factors and sessions stand on /account/security."""

from typing import Final

from services.auth.account_area.cards import Card, Standing
from services.auth.factors import store
from services.auth.ground import Ground
from services.auth.sessions import listing

_OFF: Final = Standing(words="security.off")


async def _passkeys(ground: Ground, user_id: int) -> Standing:
    count = (await store.enrolled(ground.db, user_id)).passkeys
    return Standing(words="security.passkeys_on", values={"count": count}, tone="good") if count else _OFF


async def _totp(ground: Ground, user_id: int) -> Standing:
    enrolled = await store.enrolled(ground.db, user_id)
    return Standing(words="security.on", tone="good") if enrolled.totp else _OFF


async def _backup_codes(ground: Ground, user_id: int) -> Standing:
    enrolled = await store.enrolled(ground.db, user_id)
    if not enrolled.any:
        return _OFF
    enough = enrolled.backup_codes > 3
    left = {"count": enrolled.backup_codes}
    return Standing(words="security.backup_left", values=left, tone="good" if enough else "warn")


async def _sessions(ground: Ground, user_id: int) -> Standing:
    count = len(await listing.living(ground, user_id, None))
    return Standing(words="security.sessions_on", values={"count": count})


CARDS: Final = (
    Card(name="passkeys", address="/account/passkeys", standing=_passkeys),
    Card(name="totp", address="/account/one-time-codes", standing=_totp),
    Card(name="backup", address="/account/backup-codes", standing=_backup_codes),
    Card(name="sessions", address="/account/sessions", standing=_sessions),
)
