"""Both mailboxes hear of a merge: whoever did not wish it learns of it, and whom to write to."""

from datetime import datetime

from chassis.postgres import Tx
from services.auth import mail
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.mail import Letter
from services.auth.merging.store import Link


async def of_merge(tx: Tx, ground: Ground, link: Link, now: datetime) -> None:
    """Only to addresses that were proved."""
    for user_id in (link.primary_user_id, link.linked_user_id):
        person = await accounts.by_id(tx, user_id)
        if person is None or person.email is None or person.identity_verified_level == 0:
            continue
        letter = Letter(
            kind="accounts_merged",
            recipient=person.email,
            language="ko" if person.language == "ko" else "en",
            link=f"{ground.issuer}/account",
            places={"survivor": str(link.primary_user_id), "absorbed": str(link.linked_user_id)},
        )
        await mail.enqueue(tx, ground.vault, letter, now)
