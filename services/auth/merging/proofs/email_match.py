"""The same address: a provider vouches to the requester for an address that the other account has proved."""

from functools import partial

from services.auth.accounts import addresses
from services.auth.accounts import store as accounts
from services.auth.anonymous import identities
from services.auth.anonymous.identities import Shown
from services.auth.ground import Ground
from services.auth.merging.merge import Proven
from services.auth.merging.refusals import EmailsDiffer


async def proven(ground: Ground, shown: Shown) -> Proven:
    """Both sides have proved the address: the provider is the authority for it, and the account's owner has clicked
    the link that went there. Raises EmailsDiffer, and what `identities.believed` raises.
    """
    found = (await identities.believed(ground, shown)).found
    if not found.authoritative or found.email is None:
        raise EmailsDiffer
    key = addresses.fold(found.email)
    async with ground.db.transaction() as tx:
        account = await accounts.by_email(tx, key)
    if account is None or account.identity_verified_level < 1 or account.anonymous:
        raise EmailsDiffer
    return Proven(
        target_id=account.id,
        via="t2_email_match",
        idempotency_key=f"t2:{key}:{account.id}",
        # Nothing to use up, but the account may have left the address meanwhile.
        spend=partial(accounts.has_proved, user_id=account.id, email_key=key),
    )
