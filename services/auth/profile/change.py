"""Changing one's profile. It is free text, but for the telephone number: nothing is proved by it."""

import re
from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.problems import Unauthorized, ValidationFailed
from chassis.web.languages import Language
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.profile import store
from services.auth.profile.store import Particulars

LONGEST: Final = {"preferred_name": 100, "full_name": 100, "address": 300, "postal_code": 20}
"""Characters of each line."""

_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
"""E.164, which OpenID Connect Core 5.1 recommends."""

_SPACING: Final = str.maketrans("", "", " -.()")

KEEP: Final = msgspec.UNSET
U = msgspec.UnsetType


class ProfilePatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is not named stays; null or blanks empty a line."""

    preferred_name: str | U | None = KEEP
    full_name: str | U | None = KEEP
    language: Language | U = KEEP
    phone_number: str | U | None = KEEP
    address: str | U | None = KEEP
    postal_code: str | U | None = KEEP


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What people say of themselves."""

    preferred_name: str | None
    full_name: str | None
    language: str
    phone_number: str | None
    address: str | None
    postal_code: str | None

    @classmethod
    def of(cls, account: Account, beside: Particulars) -> "Profile":
        return cls(
            preferred_name=account.preferred_name,
            full_name=account.full_name,
            language=account.language,
            phone_number=beside.phone_number,
            address=beside.address,
            postal_code=beside.postal_code,
        )


async def held(ground: Ground, user_id: int) -> Profile:
    """Raises Unauthorized."""
    account = await accounts.by_id(ground.db, user_id)
    if account is None:
        raise Unauthorized
    return Profile.of(account, await store.particulars(ground.db, user_id))


async def profile(ground: Ground, user_id: int, patch: ProfilePatch) -> Profile:
    """Raises ValidationFailed for a line that is too long or has what no line has, and Unauthorized."""
    async with ground.db.transaction() as tx:
        account, beside = await _locked(tx, user_id), await store.particulars(tx, user_id)
        new, wrong = _patched(Profile.of(account, beside), patch)
        if wrong:
            raise ValidationFailed(fields=wrong)
        await store.change(tx, user_id, new.preferred_name, new.full_name, new.language, ground.clock.now())
        lines = {"phone_number": new.phone_number, "address": new.address, "postal_code": new.postal_code}
        changed = msgspec.structs.replace(beside, **lines)
        if changed != beside:
            await store.keep(tx, user_id, changed)
        return new


async def _locked(tx: Tx, user_id: int) -> Account:
    account = await accounts.lock(tx, user_id)
    if account is None or not account.living:
        raise Unauthorized
    return account


def _patched(profile: Profile, patch: ProfilePatch) -> tuple[Profile, dict[str, list[str]]]:
    """The profile as it would be, and what is wrong with it: by field, the name of the words for it."""
    wrong: dict[str, list[str]] = {}
    lines: dict[str, str | None] = {}
    for field in (*LONGEST, "phone_number"):
        wished = getattr(patch, field)
        if isinstance(wished, U):
            continue
        plain = " ".join((wished or "").split())
        if field == "phone_number":
            plain = plain.translate(_SPACING)
            if plain and not _PHONE.fullmatch(plain):
                wrong[field] = ["profile.phone_unusable"]
        elif len(plain) > LONGEST[field] or not plain.isprintable():
            wrong[field] = ["profile.name_unusable" if field.endswith("name") else "profile.address_unusable"]
        lines[field] = plain or None
    if not isinstance(patch.language, U):
        lines["language"] = patch.language
    return msgspec.structs.replace(profile, **lines), wrong
