"""The log of sign-ins that a person sees of their own account."""

from datetime import datetime, timedelta
from typing import Final, Literal

from chassis.postgres import Database, Tx
from services.auth.accounts.store import Account
from services.auth.sessions.store import Place

Outcome = Literal["signed_in", "wrong_password", "wrong_code", "too_many_tries", "inactive"]

KEPT: Final = timedelta(days=180)


async def note(
    on: Tx | Database, account: Account | None, outcome: Outcome, place: Place, now: datetime, method: str = "password"
) -> None:
    """Writes one line; an address nobody has is noted too, under no account, which takes the same time."""
    await on.execute(
        "insert into login_logs (user_id, at, outcome, method, ip, user_agent) values ($1, $2, $3, $6, $4, $5)",
        account.id if account else None,
        now,
        outcome,
        place.ip,
        place.user_agent[:400],
        method,
    )
