"""A signed-in person shows once more who they are; their session goes on under another id, and knows it."""

from typing import Final

from chassis.postgres import Tx
from chassis.problems import Problem, Unauthorized
from contracts.principal import Session
from services.auth import sessions
from services.auth.accounts import store as accounts
from services.auth.accounts import tries as sign_in_tries
from services.auth.accounts.sign_in import Mismatch, TooManyTries
from services.auth.accounts.store import Account
from services.auth.factors import spend, tries
from services.auth.factors import store as factors
from services.auth.factors.second import CODE, PASSKEY
from services.auth.ground import Ground
from services.auth.passkeys import challenges, show
from services.auth.passkeys import store as passkeys
from services.auth.sessions.store import Proof
from services.auth.step_up import mailed

PASSWORD: Final = Proof(methods=("pwd",), whole=True)
ONE_TIME: Final = Proof(methods=CODE)
WITH_PASSKEY: Final = Proof(methods=PASSKEY, whole=True)


class SecondFactorNeeded(Problem):
    """Who has a second factor shows that one; the password alone steps nothing up (ruling 18)."""

    status, code = 403, "second_factor_needed"
    default_detail = "This account has a second factor; that is what has to be shown."


async def by_password(ground: Ground, caller: Session, password: str) -> str:
    """The session's new cookie. Raises SecondFactorNeeded, Mismatch, TooManyTries, QueueFull, Unauthorized."""
    account = await _account(ground, caller)
    if (await factors.enrolled(ground.db, account.id)).any:
        raise SecondFactorNeeded
    key = account.email_key or account.sub
    wait = await sign_in_tries.take(ground.db, key, caller.session_id, ground.clock.now())
    if wait is not None:
        raise TooManyTries(headers={"retry-after": str(wait)})
    if not await ground.passwords.matches(account.password_hash, password):
        raise Mismatch("The password is not right.")
    await sign_in_tries.forget_inside(ground.db, key, caller.session_id)
    async with ground.db.transaction() as tx:
        return await _renewed(ground, tx, caller, PASSWORD)


async def by_code(ground: Ground, caller: Session, text: str) -> str:
    """The session's new cookie. Raises WrongCode, TooManyCodes, Unauthorized."""
    await tries.take(ground, caller.user_id)
    async with ground.db.transaction() as tx:
        await spend.code(ground, tx, caller.user_id, text)
        return await _renewed(ground, tx, caller, ONE_TIME)


async def mail_code(ground: Ground, caller: Session) -> None:
    """Raises SecondFactorNeeded, NotFound where there is no proven address, Unauthorized."""
    await mailed.send(ground, await _with_nothing_else(ground, caller))


async def by_mailed_code(ground: Ground, caller: Session, text: str) -> str:
    """The session's new cookie. Raises SecondFactorNeeded, WrongCode, Unauthorized."""
    account = await _with_nothing_else(ground, caller)
    await mailed.count(ground, account.id)
    async with ground.db.transaction() as tx:
        await mailed.spend(ground, tx, account.id, text)
        return await _renewed(ground, tx, caller, Proof())


async def passkey_options(ground: Ground, caller: Session) -> str:
    """What the browser needs to ask for one of this account's passkeys, as JSON."""
    held = await passkeys.of(ground.db, caller.user_id)
    return await challenges.to_show(ground, _bound_to(caller), held, verified=True)


async def by_passkey(ground: Ground, caller: Session, answer: str) -> str:
    """The session's new cookie. Raises PasskeyRefused, Unauthorized."""
    read = await show.read(ground, answer, _bound_to(caller))
    async with ground.db.transaction() as tx:
        await show.verify(ground, tx, read, user_id=caller.user_id, verified=True)
        return await _renewed(ground, tx, caller, WITH_PASSKEY)


async def _with_nothing_else(ground: Ground, caller: Session) -> Account:
    account = await _account(ground, caller)
    if account.password_hash is not None or (await factors.enrolled(ground.db, account.id)).any:
        raise SecondFactorNeeded
    return account


async def _account(ground: Ground, caller: Session) -> Account:
    account = await accounts.by_id(ground.db, caller.user_id)
    if account is None or not account.living:
        raise Unauthorized
    return account


async def _renewed(ground: Ground, tx: Tx, caller: Session, proof: Proof) -> str:
    cookie = await sessions.renew(tx, bytes.fromhex(caller.session_id), proof, ground.clock.now())
    if cookie is None:
        raise Unauthorized
    return cookie


def _bound_to(caller: Session) -> bytes:
    return factors.digest(f"confirm {caller.session_id}")
