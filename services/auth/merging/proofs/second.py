"""The second factor of an account that a mailbox or a provider speaks for: these are a first one (auth.md 6.9)."""

from typing import Final

from chassis.postgres import Tx
from contracts.events.auth import MergedVia
from services.auth.factors import spend, store, tries
from services.auth.ground import Ground
from services.auth.merging.refusals import OtherFactorNeeded

WHOLE: Final[frozenset[MergedVia]] = frozenset({"t1_device_link", "session_token"})
"""Proofs that only those have whom the account has let in, second factor and all."""


async def count(ground: Ground, user_id: int, via: MergedVia, code: str | None) -> None:
    """To be called before the transaction, so that a try counts whatever comes of it. Raises TooManyCodes."""
    if code is not None and via not in WHOLE:
        await tries.take(ground, user_id)


async def shown(ground: Ground, tx: Tx, user_id: int, via: MergedVia, code: str | None) -> None:
    """Spends a code of the account, where it has a second factor. Raises OtherFactorNeeded, WrongCode."""
    if via in WHOLE or not (await store.enrolled(tx, user_id)).any:
        return
    if code is None:
        raise OtherFactorNeeded
    await spend.code(ground, tx, user_id, code)
