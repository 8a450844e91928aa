"""Choosing the new password: by a link of the mail, once."""

from datetime import datetime

import msgspec

from chassis.events import announce
from chassis.postgres import Tx
from chassis.problems import Problem, ValidationFailed
from contracts.events.auth import UserEmailVerified
from contracts.ids import new_event_id
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.known_devices import remember
from services.auth.known_devices import store as devices
from services.auth.passwords import policy, renew
from services.auth.reset import store
from services.auth.reset.ask import digest
from services.auth.reset.store import Reset
from services.auth.standing import everywhere


class ResetLinkSpent(Problem):
    """The link was used, is too old, or never was; which of them is nobody's business."""

    status, code = 409, "reset_link_spent"
    default_detail = "This link was used already or is older than half an hour."


class LetIn(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie by which the account knows the browser, and where its person wanted to go."""

    device: str
    return_to: str


async def password(ground: Ground, token: str, chosen: str, device: str | None) -> LetIn:
    """Ends every session and token of the account, and its open links; API keys live on, as the mail says.

    The account knows the browser that did it, and no other. A link whose password is refused stays whole; of two at
    once, one wins. Raises ResetLinkSpent, ValidationFailed, QueueFull.
    """
    now = ground.clock.now()
    email = await store.find(ground.db, digest(token), now)
    if email is None:
        raise ResetLinkSpent
    fault = await policy.fault(ground, chosen, email)
    if fault is not None:
        raise ValidationFailed(fields={"password": [fault]})
    hashed = await ground.passwords.hash(chosen)
    async with ground.db.transaction() as tx:
        account, reset = await _used(tx, token, now)
        await everywhere.put_strangers_out(tx, account, now)
        await devices.forget(tx, account.id)
        known = await remember.browser(tx, ground, account.id, device)
        await renew.password(tx, ground, account, hashed)
        if account.identity_verified_level == 0:
            # The link came by mail, which proves the address as well.
            verified = await accounts.email_verified(tx, account.id, None, now)
            await announce(tx, UserEmailVerified(event_id=new_event_id(now), occurred_at=now, user=verified.public()))
    return LetIn(device=known, return_to=reset.return_to)


async def let_in(ground: Ground, token: str, device: str | None) -> LetIn:
    """The owner of the mailbox keeps the password and makes this browser known, whatever strangers try meanwhile.

    The link is used up. Raises ResetLinkSpent.
    """
    async with ground.db.transaction() as tx:
        account, reset = await _used(tx, token, ground.clock.now())
        known = await remember.browser(tx, ground, account.id, device)
    return LetIn(device=known, return_to=reset.return_to)


async def _used(tx: Tx, token: str, now: datetime) -> tuple[Account, Reset]:
    reset = await store.use(tx, digest(token), now)
    account = None if reset is None else await accounts.lock(tx, reset.user_id)
    if reset is None or account is None or not account.living or account.email_key != reset.email_key:
        raise ResetLinkSpent
    return account, reset
