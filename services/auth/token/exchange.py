"""A token request from form to tokens: which grant, which client, may it, and then the grant itself."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from chassis import work
from chassis.problems import Problem, TemporarilyUnavailable
from contracts.applications import Application
from services.auth.clients import authenticate, console
from services.auth.clients.authenticate import UnauthorizedClient
from services.auth.device import redeem
from services.auth.dpop import check
from services.auth.ground import Ground
from services.auth.token import code, log, machine, on_behalf, refresh
from services.auth.token.form import Form
from services.auth.token.log import Caller
from services.auth.token.refusals import ClientChanged, Unfinished, UnsupportedGrantType
from services.auth.token.request import DEVICE_CODE, TOKEN_EXCHANGE, Dialect, Issued, Presented, Requested

Grant = Callable[[Ground, Requested], Awaitable[Issued]]

GRANTS: Final[dict[str, Grant]] = {
    "authorization_code": code.redeem,
    "refresh_token": refresh.rotate,
    "client_credentials": machine.issue,
    DEVICE_CODE: redeem.redeem,
    TOKEN_EXCHANGE: on_behalf.issue,
}

ALIASES: Final = {"device_code": DEVICE_CODE}
"""Short forms that are tolerated (auth.md 2.3)."""

ATTEMPTS = 3
"""A client's record that changes this often within one request changes faster than we can read it."""


async def exchange(ground: Ground, dialect: Dialect, form: Form, presented: Presented, caller: Caller) -> Issued:
    """Raises InvalidRequest, UnsupportedGrantType, InvalidClient, UnauthorizedClient, InvalidDpopProof, UseDpopNonce,
    and what the grants raise.
    """
    form = _canonical(form)
    grant_type = form.need("grant_type")
    grant = GRANTS.get(grant_type) if grant_type in dialect.grants else None
    if grant is None:
        raise UnsupportedGrantType
    credentials = authenticate.shown(presented.authorization, form.fields)
    jkt = await check.of_client(ground, presented.proofs, presented.url)
    with work.unit("token.issued", labels={"grant_type": grant_type}, quiet=True) as unit:
        unit.note(client_id=credentials.client_id[:100])
        for _ in range(ATTEMPTS):
            app = await authenticate.client(ground.clients, credentials)
            requested = Requested(app=app, form=form, caller=caller, dialect=dialect, jkt=jkt)
            try:
                with console.pointing(ground.issuer, app, caller.request_id):
                    return await _granted(grant, ground, requested)
            except ClientChanged:
                await ground.clients.fresh(app.client_id)
            except Unfinished:
                raise
            except Problem as problem:
                if await _still(ground, app):
                    await log.write(ground.db, requested.entry(ground.clock.now(), error=log.cause(problem)))
                    raise
        raise TemporarilyUnavailable("The app is being changed right now; try again.", headers={"retry-after": "1"})


def _canonical(form: Form) -> Form:
    meant = ALIASES.get(form.need("grant_type"))
    return form if meant is None else msgspec.structs.replace(form, fields={**form.fields, "grant_type": meant})


async def _still(ground: Ground, app: Application) -> bool:
    """A refusal must not be founded on an old record either: a retired secret is told that it is wrong."""
    current = await ground.clients.fresh(app.client_id)
    return current is None or current.version == app.version


async def _granted(grant: Grant, ground: Ground, requested: Requested) -> Issued:
    grant_type = requested.form.need("grant_type")
    # Token exchange is a permission that the operator gives, not a grant that an app chooses (auth.md 2.11); what a
    # confidential client may have for itself depends on the resource, of which `machine` knows.
    own = (
        grant_type == "client_credentials" and requested.app.client_type == "confidential" and requested.form.resources
    )
    if grant_type != TOKEN_EXCHANGE and not own and grant_type not in requested.app.grant_types:
        raise UnauthorizedClient("This app may not use this grant type.")
    return await grant(ground, requested)
