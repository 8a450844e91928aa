"""From user to developer, by one's own wish: whoever signs up at the console is one from the start (auth.md 6.1)."""

from chassis.problems import Problem
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.standing import change
from services.auth.standing.change import Act


class AddressNotProved(Problem):
    """Mail reaches developers, so their address is proved first."""

    status, code = 403, "identity_verification_required"
    default_detail = "Confirm your address first."


async def developer(ground: Ground, user_id: int) -> None:
    """Changes nothing for who is one already. Raises AddressNotProved, NotFound."""
    account = await accounts.by_id(ground.db, user_id)
    if account is not None and account.role != "user":
        return
    if account is not None and account.identity_verified_level == 0:
        raise AddressNotProved
    await change.role(ground.db, user_id, "developer", Act("self", ground.clock.now()))
