"""How the password stands on the page of what guards an account."""

from services.auth.account_area.cards import Card, Standing
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.passwords.routes import PAGE


async def _standing(ground: Ground, user_id: int) -> Standing:
    account = await accounts.by_id(ground.db, user_id)
    if account is None or account.password_hash is None:
        return Standing(words="password.none")
    return Standing(words="password.set", tone="good")


CARD = Card(name="password", address=PAGE, standing=_standing)
