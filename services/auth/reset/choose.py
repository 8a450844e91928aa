"""Choosing the new password: by a link of the mail, once."""

from chassis.events import announce
from chassis.problems import Problem, ValidationFailed
from contracts.events.auth import UserEmailVerified
from contracts.ids import new_event_id
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.passwords import policy, renew
from services.auth.reset import store
from services.auth.reset.ask import digest
from services.auth.standing import everywhere


class ResetLinkSpent(Problem):
    """The link was used, is too old, or never was; which of them is nobody's business."""

    status, code = 409, "reset_link_spent"
    default_detail = "This link was used already or is older than half an hour."


async def password(ground: Ground, token: str, chosen: str) -> str:
    """Ends every session and token of the account, and its open links; API keys live on, as the mail says.

    Returns where the person wanted to go. A link whose password is refused stays whole. Of two at once, one wins.
    Raises ResetLinkSpent, ValidationFailed, QueueFull.
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
        reset = await store.use(tx, digest(token), now)
        account = None if reset is None else await accounts.lock(tx, reset.user_id)
        if reset is None or account is None or not account.living or account.email_key != reset.email_key:
            raise ResetLinkSpent
        await everywhere.put_strangers_out(tx, account, now)
        await renew.password(tx, ground, account, hashed)
        if account.identity_verified_level == 0:
            # The link came by mail, which proves the address as well.
            verified = await accounts.email_verified(tx, account.id, None, now)
            await announce(tx, UserEmailVerified(event_id=new_event_id(now), occurred_at=now, user=verified.public()))
    return reset.return_to
