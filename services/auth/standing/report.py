"""An application reports that it has verified who somebody is (auth.md 1.3): only upwards, only of its own people."""

from typing import Final, Literal

import msgspec

from chassis.problems import NotFound
from chassis.web.guard import InsufficientScope
from contracts.principal import AccessToken, Client
from services.auth.accounts import store as accounts
from services.auth.ground import Ground
from services.auth.standing import change, store
from services.auth.standing.change import Act

SCOPE: Final = "identity:report"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`level`: 2 is a proved phone number, 3 a proof by a provider of identities."""

    level: Literal[2, 3]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    sub: str
    identity_verified_level: int


async def verified(ground: Ground, caller: AccessToken | Client, sub: str, report: Report) -> Standing:
    """Raises the level of somebody who has let this application in; a lower report changes nothing.

    An application may give itself the scope, so only one that was reviewed is believed. Raises InsufficientScope,
    and NotFound for everybody whom it does not know.
    """
    if isinstance(caller, AccessToken) and (SCOPE not in caller.scopes or caller.audience != caller.client_id):
        raise InsufficientScope(required_scope=SCOPE)
    app = await ground.clients.fresh(caller.client_id)
    if app is None or app.status != "approved" or SCOPE not in app.allowed_scopes:
        raise InsufficientScope("Only a reviewed application with this scope may report.", required_scope=SCOPE)
    async with ground.db.transaction() as tx:
        user_id = await store.granted_to(tx, sub, app.client_id)
        account = None if user_id is None else await accounts.lock(tx, user_id)
        if account is None or not account.living:
            raise NotFound
        level = max(report.level, account.identity_verified_level)
        after = await change.level(tx, account, level, Act(app.client_id, ground.clock.now()))
    return Standing(sub=sub, identity_verified_level=after.identity_verified_level)
