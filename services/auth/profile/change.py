"""Changing one's profile. Names are free text: nothing is proved by them."""

from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.problems import Unauthorized, ValidationFailed
from chassis.web.languages import Language
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.profile import store

LONGEST: Final = 100
"""Characters of a name."""

KEEP: Final = msgspec.UNSET
U = msgspec.UnsetType


class ProfilePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is not named stays; null or blanks empty a name."""

    preferred_name: str | U | None = KEEP
    full_name: str | U | None = KEEP
    language: Language | U = KEEP


async def profile(ground: Ground, user_id: int, patch: ProfilePatch) -> Account:
    """Raises ValidationFailed for a name that is too long or has what no name has, and Unauthorized."""
    wrong: dict[str, list[str]] = {}
    async with ground.db.transaction() as tx:
        account = await _locked(tx, user_id)
        names = {
            "preferred_name": _name(patch.preferred_name, account.preferred_name, "preferred_name", wrong),
            "full_name": _name(patch.full_name, account.full_name, "full_name", wrong),
        }
        if wrong:
            raise ValidationFailed(fields=wrong)
        language = account.language if patch.language is KEEP else str(patch.language)
        await store.change(tx, user_id, names["preferred_name"], names["full_name"], language, ground.clock.now())
        return await _locked(tx, user_id)


async def _locked(tx: Tx, user_id: int) -> Account:
    account = await accounts.lock(tx, user_id)
    if account is None or not account.living:
        raise Unauthorized
    return account


def _name(wished: str | U | None, held: str | None, field: str, wrong: dict[str, list[str]]) -> str | None:
    if isinstance(wished, U):
        return held
    plain = " ".join((wished or "").split())
    if len(plain) > LONGEST or not plain.isprintable():
        wrong[field] = ["profile.name_unusable"]
    return plain or None
