"""What an operator does for a person who has lost every second factor, once they know by other means who it is."""

from chassis.postgres import Database
from chassis.problems import NotFound
from services.auth.accounts import store as accounts
from services.auth.backup_codes import store as backup_codes
from services.auth.factors import notices
from services.auth.factors.notices import Desk
from services.auth.passkeys import store as passkeys
from services.auth.standing import everywhere
from services.auth.totp import store as seeds

BY = "operator"


async def forget(desk: Desk, db: Database, user_id: int) -> int:
    """Removes every factor, signs the person out everywhere and tells them; how many there were. Raises NotFound."""
    async with db.transaction() as tx:
        account = await accounts.lock(tx, user_id)
        if account is None or account.deleted_at is not None:
            raise NotFound
        held = await passkeys.of(tx, user_id)
        for passkey in held:
            await passkeys.remove(tx, user_id, passkey.id)
            await notices.removed(desk, tx, user_id, "passkey", BY, name=passkey.name)
        had_codes = await seeds.remove(tx, user_id)
        if had_codes:
            await notices.removed(desk, tx, user_id, "totp", BY)
        await backup_codes.remove(tx, user_id)
        await everywhere.sign_out(tx, user_id, "signed_out", desk.clock.now())
    return len(held) + int(had_codes)
