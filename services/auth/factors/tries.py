"""How often a wrong second factor may be shown. Only who knows the password gets to try, so no stranger locks it."""

from datetime import timedelta
from typing import Final

from chassis.problems import Problem
from services.auth.factors import notices, store
from services.auth.ground import Ground

ALLOWED: Final = 5
WINDOW: Final = timedelta(minutes=15)
"""At 480 codes a day, three of a million of which are right, a guesser needs about two years."""


class WrongCode(Problem):
    """Mistyped, used before, or of another moment: which of these is not told."""

    status, code = 422, "wrong_code"
    default_detail = "The code is not right, or was used before."


class TooManyCodes(Problem):
    status, code = 429, "rate_limited"
    default_detail = "Too many wrong codes for this account."


async def take(ground: Ground, user_id: int) -> None:
    """Counts a try before it is judged, so that parallel guesses count too. Raises TooManyCodes.

    The owner hears of the first that is turned away: somebody knows their password.
    """
    now = ground.clock.now()
    number, began = await store.count_try(ground.db, user_id, now, WINDOW)
    if number == ALLOWED + 1:
        async with ground.db.transaction() as tx:
            await notices.write(ground, tx, user_id, "codes_guessed")
    if number > ALLOWED:
        seconds = max(1, int((began + WINDOW - now).total_seconds()))
        raise TooManyCodes(headers={"retry-after": str(seconds)})
