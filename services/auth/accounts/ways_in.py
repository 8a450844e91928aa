"""That nobody shuts themselves out: the last way into an account stays (auth.md 4.3)."""

from chassis.postgres import Tx
from chassis.problems import Problem
from services.auth.accounts import store


class LastIdentity(Problem):
    """Without it nobody could sign in to the account any more."""

    status, code = 409, "last_identity"
    default_detail = "This is the only way into the account: set a password or connect another provider first."


async def hold(tx: Tx, user_id: int) -> None:
    """To be called before a way is removed: of two removals at once the second one counts the first."""
    await store.lock(tx, user_id)


async def must_be_left(tx: Tx, user_id: int) -> None:
    """To be called after it. Raises LastIdentity."""
    if not await store.can_sign_in(tx, user_id):
        raise LastIdentity
