"""Signing in with a passkey alone: its device has checked who holds it, which makes two factors of one gesture."""

from services.auth import sessions
from services.auth.accounts import log
from services.auth.accounts import store as accounts
from services.auth.deletion import store as closed
from services.auth.factors import store as factors
from services.auth.factors.second import PASSKEY
from services.auth.ground import Ground
from services.auth.passkeys import challenges, show
from services.auth.passkeys.show import PasskeyRefused
from services.auth.sessions.store import Place


class AccountClosed(Exception):
    """The passkey is right, and its account is in its grace (services.auth.deletion)."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        super().__init__()


async def options(ground: Ground, form_secret: str) -> str:
    """What the browser needs to offer the passkeys that it has for us, as JSON."""
    return await challenges.to_show(ground, _bound_to(form_secret), [], verified=True)


async def enter(ground: Ground, form_secret: str, answer: str, place: Place, cookie: str | None) -> str:
    """The cookie of the new session. Raises AccountClosed, PasskeyRefused; of whose passkey it was nothing is told."""
    now = ground.clock.now()
    read = await show.read(ground, answer, _bound_to(form_secret))
    async with ground.db.transaction() as tx:
        passkey = await show.verify(ground, tx, read, user_id=None, verified=True)
        account = await accounts.by_id(tx, passkey.user_id)
        if await closed.of_number(tx, passkey.user_id, now) is not None:
            raise AccountClosed(passkey.user_id)
        if account is None or not account.living:
            raise PasskeyRefused
        await log.note(tx, account, "signed_in", place, now, "passkey")
        fresh, _ = await sessions.begin(tx, account, PASSKEY, place, now, replaces=cookie)
    return fresh


def _bound_to(form_secret: str) -> bytes:
    return factors.digest(f"enter {form_secret}")
