"""A signed-in person chooses another password, or their first one."""

from chassis.problems import Unauthorized, ValidationFailed
from contracts.principal import Session
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.passwords import policy, renew
from services.auth.sessions import store as sessions
from services.auth.step_up import require
from services.auth.tokens import revoke


async def password(ground: Ground, caller: Session, chosen: str) -> int:
    """Every other session ends, and the tokens that began in it; this one goes on. Returns how many ended.

    Raises StepUpRequired, ValidationFailed, QueueFull.
    """
    require(ground, caller)
    now = ground.clock.now()
    account = await accounts.by_id(ground.db, caller.user_id)
    fault = await policy.fault(ground, chosen, None if account is None else account.email)
    if fault is not None:
        raise ValidationFailed(fields={"password": [fault]})
    hashed = await ground.passwords.hash(chosen)
    async with ground.db.transaction() as tx:
        account = await accounts.lock(tx, caller.user_id)
        if account is None or not account.living:
            raise Unauthorized
        ended = await sessions.delete_others(tx, account.id, bytes.fromhex(caller.session_id))
        for sid in ended:
            await outbox.session_ended(tx, sid, now)
        await revoke.of_sessions(tx, account.id, ended, "session_ended", now)
        await renew.password(tx, ground, account, hashed)
    return len(ended)
