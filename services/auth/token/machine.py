"""client_credentials (auth.md 2.11): a token for an API resource, with the scopes that the client's roles give it.

Resources that are open to clients (Shared Signals) give any confidential client a token for what is its own there.
"""

from datetime import timedelta

from chassis.postgres import random_uuid
from chassis.problems import InvalidRequest
from services.auth.clients.authenticate import UnauthorizedClient
from services.auth.ground import Ground
from services.auth.token.judge import Asked
from services.auth.token.refusals import ClientChanged, InvalidTarget
from services.auth.token.request import Issued, Requested
from services.auth.tokens import mint

LONGEST_SCOPE = 2000


async def issue(ground: Ground, requested: Requested) -> Issued:
    """Raises InvalidRequest, InvalidTarget, UnauthorizedClient, ClientChanged."""
    form, app = requested.form, requested.app
    if len(form.resources) != 1:
        raise InvalidTarget("Name exactly one resource." if form.resources else "The resource is missing.")
    wanted = form.get("scope")
    if wanted is not None and len(wanted) > LONGEST_SCOPE:
        raise InvalidRequest("scope is too long.")
    if wanted is None and not requested.dialect.all_scopes_by_default:
        wanted = ""
    asked = Asked(
        client_id=app.client_id,
        version=app.version,
        resource=form.resources[0],
        scopes=wanted,
        granted="client_credentials" in app.grant_types,
        caller=requested.caller,
        jti=random_uuid(),
    )
    judged = await ground.machines.ask(asked)
    if not judged.current:
        raise ClientChanged
    if not (asked.granted or judged.open):
        raise UnauthorizedClient("This app may not use this grant type.")
    if judged.indicator is None:
        raise InvalidTarget
    now = ground.clock.now()
    key = await ground.ring.signing("own" if judged.algorithm == "RS256" else "resource")
    machine = mint.Machine(app.client_id, judged.indicator, judged.scopes)
    life = mint.Life(now, now + timedelta(seconds=judged.lifetime))
    token = mint.machine_token(key, machine, mint.Stamp(requested.dialect.issuer, asked.jti, life, requested.jkt))
    return Issued(
        access_token=token,
        token_type="Bearer" if requested.jkt is None else "DPoP",
        expires_in=judged.lifetime,
        scope=" ".join(judged.scopes) or None,
    )
