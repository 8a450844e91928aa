"""What a session has to have shown, and how lately, before a sensitive act (auth.md 2.9, ruling 18)."""

from datetime import datetime, timedelta
from typing import Final, Literal

from contracts.principal import Principal, Session

Need = Literal["recent", "otp"]
"""`recent`: a second factor, or the password where there is none, within RECENT. `otp`: a code, or the password where
there is no second factor, within OTP_RECENT."""

RECENT: Final = timedelta(minutes=15)
OTP_RECENT: Final = timedelta(minutes=5)

BY_ANOTHER_DEVICE: Final = "mca"
"""The `amr` of a sign-in that an older session or a key has approved (auth.md 2.4): it shows nothing afresh."""


def met(caller: Principal, now: datetime, need: Need = "recent") -> bool:
    """Whether `caller` may go on; a key or a token shows nothing, so it never may.

    A passkey counts for RECENT whatever is needed.
    """
    if not isinstance(caller, Session):
        return False
    if _within(caller.passkey_at, now, RECENT):
        return True
    age = OTP_RECENT if need == "otp" else RECENT
    if caller.factors:
        return _within(caller.otp_at, now, age)
    signed_in = BY_ANOTHER_DEVICE not in caller.methods and _within(caller.authenticated_at, now, age)
    return signed_in or _within(caller.confirmed_at, now, age)


def _within(at: datetime | None, now: datetime, age: timedelta) -> bool:
    return at is not None and at >= now - age
