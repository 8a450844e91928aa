"""Giving out nonces to administrators who stepped up, and using them up."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from chassis.postgres import Tx
from chassis.problems import Problem
from chassis.web.step_up import StepUpRequired
from services.registry import audit, step_up
from services.registry.actions import store
from services.registry.actions.store import Action
from services.registry.applications.refusals import ForbiddenRole
from services.registry.audit.entry import Subject
from services.registry.callers import Caller
from services.registry.ground import Ground

GOOD_FOR: Final = timedelta(minutes=5)


class NonceUsed(Problem):
    status, code = 409, "nonce_used"
    default_detail = "This nonce was used before; ask for another one."


async def announce(ground: Ground, caller: Caller, action: str, target: str) -> tuple[str, datetime]:
    """The nonce and when it ends. Raises ForbiddenRole, StepUpRequired."""
    require_admin(caller)
    now = ground.clock.now()
    step_up.check(caller, now)
    nonce, wanted = secrets.token_urlsafe(32), Action(admin_id=caller.user_id, action=action, target=target)
    async with ground.db.transaction() as tx:
        await store.insert(tx, _digest(nonce), wanted, now, now + GOOD_FOR)
        about = Subject(kind="action", id=action)
        await audit.record(tx, caller, "admin.action_requested", about, {"target": target}, at=now)
    return nonce, now + GOOD_FOR


async def claim(tx: Tx, nonce: str, wanted: Action, now: datetime) -> None:
    """Uses it up in the transaction of the act. Raises NonceUsed, StepUpRequired."""
    digest = _digest(nonce)
    if await store.use(tx, digest, wanted, now):
        return
    if await store.was_used(tx, digest, wanted.admin_id):
        raise NonceUsed
    raise StepUpRequired("Ask for a nonce for this very act first.")


def require_admin(caller: Caller) -> None:
    """Raises ForbiddenRole."""
    if not caller.admin:
        raise ForbiddenRole("This is for administrators.")


def _digest(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode(errors="surrogatepass")).digest()
