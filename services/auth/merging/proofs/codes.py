"""The merge code: six digits to the other account's mailbox, typed in by whoever wants to merge (auth.md 8)."""

import hmac
import secrets
from datetime import timedelta
from typing import Final

from chassis.postgres import Tx
from chassis.problems import Unauthorized
from services.auth import mail
from services.auth.accounts import addresses
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.merging.merge import Proven
from services.auth.merging.proofs import store
from services.auth.merging.refusals import InvalidOtp, TooManyCodes

LIFETIME: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5

WINDOW: Final = timedelta(hours=1)
OF_REQUESTER: Final = 5
OF_ADDRESS: Final = 3
"""Codes an hour: few enough that guessing leads nowhere, and that a mailbox is not flooded."""


async def send(ground: Ground, requester_id: int, target_email: str) -> None:
    """Answers alike, whether or not anybody has the address. Raises TooManyCodes, Unauthorized, AnonymousNotAllowed."""
    now, key = ground.clock.now(), addresses.fold(target_email)
    asker, address = f"requester:{requester_id}", f"address:{ground.vault.derive(f'merge address/{key}').hex()}"
    async with ground.db.transaction() as tx:
        asked = await store.ask(tx, [asker, address], now, WINDOW)
    for each, most in ((asker, OF_REQUESTER), (address, OF_ADDRESS)):
        if asked[each].asks > most:
            seconds = max(1, int((asked[each].since + WINDOW - now).total_seconds()))
            raise TooManyCodes(headers={"retry-after": str(seconds)})
    async with ground.db.transaction() as tx:
        requester = await accounts.by_id(tx, requester_id)
        if requester is None or not requester.living:
            raise Unauthorized
        if requester.anonymous:
            raise AnonymousNotAllowed
        target = await accounts.by_email(tx, key)
        fits = target is not None and target.id != requester_id and _can_prove(target)
        code_id = await store.insert_code(tx, requester_id, target.id if target and fits else None, now, now + LIFETIME)
        code = f"{secrets.randbelow(1_000_000):06}"
        await store.set_code(tx, code_id, _digest(ground, code_id, key, code))
        if target is not None and fits:
            await mail.enqueue(tx, ground.vault, _letter(ground, requester, target, code), now)


async def proven(ground: Ground, requester_id: int, target_id: int, shown: str) -> Proven:
    """A code proves the mailbox that it went to, and nothing of an account that has left that mailbox since.

    Raises InvalidOtp.
    """
    now = ground.clock.now()
    found = await store.try_code(ground.db, requester_id, target_id, now, MOST_TRIES)
    target = await accounts.by_id(ground.db, target_id)
    if found is None or found.code_digest is None or target is None or target.email_key is None:
        raise InvalidOtp
    key = target.email_key
    if not hmac.compare_digest(_digest(ground, found.id, key, shown.strip()), found.code_digest):
        raise InvalidOtp

    async def spend(tx: Tx) -> bool:
        return await accounts.has_proved(tx, target_id, key) and await store.spend_code(tx, found.id, now)

    return Proven(target_id=target_id, via="t3_otp", idempotency_key=f"t3:{found.id}", spend=spend)


async def target_of(ground: Ground, email: str) -> int:
    """The account of an address, for a requester who knows no number. Raises InvalidOtp."""
    async with ground.db.transaction() as tx:
        found = await accounts.by_email(tx, addresses.fold(email))
    if found is None:
        raise InvalidOtp
    return found.id


def _can_prove(target: Account) -> bool:
    """A code to an address that nobody has proved would prove nothing of the account."""
    return target.living and not target.anonymous and target.identity_verified_level >= 1


def _digest(ground: Ground, code_id: int, email_key: str, code: str) -> bytes:
    """A million codes are tried in no time, so their digest takes a key that the database does not hold."""
    return ground.vault.derive(f"merge code/{code_id}/{email_key}/{code}")


def _letter(ground: Ground, requester: Account, target: Account, code: str) -> Letter:
    return Letter(
        kind="merge_code",
        recipient=target.email or "",
        language="ko" if target.language == "ko" else "en",
        link=f"{ground.issuer}/account/merge",
        places={"code": code, "account": target.sub, "requester": requester.sub},
    )
