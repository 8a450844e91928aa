"""What auth announces of second factors: that an account got one, or lost one; never anything of the factor itself."""

from typing import Literal

from contracts.events import Event

Factor = Literal["totp", "passkey"]


class FactorEvent(Event, frozen=True, kw_only=True):
    """`sub` is the account's number as its relying parties know it; `left` are the factors that it has now."""

    sub: str
    factor: Factor
    left: int


class FactorAdded(FactorEvent, frozen=True, kw_only=True, tag="auth.factor.added"):
    """One-time codes were confirmed, or a passkey was made."""


class FactorRemoved(FactorEvent, frozen=True, kw_only=True, tag="auth.factor.removed"):
    """One-time codes were turned off, or a passkey was removed."""


FACTOR_EVENTS: tuple[type[FactorEvent], ...] = (FactorAdded, FactorRemoved)
