"""The browser that shows the picture goes on as the person who approved it."""

from typing import Final

from chassis import work
from chassis.postgres import Tx
from services.auth.accounts import store as accounts
from services.auth.accounts.store import Account
from services.auth.authorize import ceiling
from services.auth.authorize import store as grants
from services.auth.factors import entrance
from services.auth.factors.entrance import Arrival, Opened
from services.auth.ground import Ground
from services.auth.qr import store
from services.auth.qr.begin import METHOD
from services.auth.qr.holder import Holder
from services.auth.qr.refusals import QrUnknown
from services.auth.qr.store import QrSession
from services.auth.sessions.store import Place

AMR: Final = "mca"
"""Multiple channels (RFC 8176 section 2)."""


async def finish(ground: Ground, holder: Holder, place: Place, cookie: str | None) -> tuple[Opened, str]:
    """What was opened, and where to go on. Works once. Raises QrUnknown."""
    with work.unit("qr.signed_in") as unit:
        async with ground.db.transaction() as tx:
            approved, person = await consumed(ground, tx, holder)
            unit.note(client_id=approved.client_id, user_id=person.id)
            came = Arrival(account=person, methods=shown(approved), place=place, cookie=cookie, by=METHOD)
            return await entrance.enter(ground, tx, came), approved.return_to


def shown(approved: QrSession) -> tuple[str, ...]:
    """Who has shown a second factor on the other device is not asked for it again on this one."""
    return (AMR, *(("mfa",) if "mfa" in approved.methods else ()))


async def consumed(ground: Ground, tx: Tx, holder: Holder) -> tuple[QrSession, Account]:
    """Spends the approval and notes the consent that went with it. Raises QrUnknown."""
    now = ground.clock.now()
    approved = await store.consume(tx, holder.id, holder.digest, now)
    person = None if approved is None or approved.user_id is None else await accounts.lock(tx, approved.user_id)
    if approved is None or person is None or not person.living:
        raise QrUnknown
    scopes = ceiling.beyond_doubt(approved.scopes, person.role)
    if approved.client_id is not None and scopes:
        await grants.grant(tx, person.id, approved.client_id, scopes, now)
    return approved, person
