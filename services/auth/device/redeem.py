"""A device asks whether it was let in (RFC 8628 sections 3.4 and 3.5); once, it is given its tokens."""

from hashlib import sha256

from services.auth.device import store
from services.auth.device.store import Polled
from services.auth.ground import Ground
from services.auth.token import issue
from services.auth.token.refusals import (
    AuthorizationPending,
    ClientChanged,
    DeviceDenied,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
)
from services.auth.token.request import Issued, Requested
from services.auth.tokens import families
from services.auth.tokens.families import Family


async def redeem(ground: Ground, requested: Requested) -> Issued:
    """Raises ClientChanged, InvalidRequest, and the refusals of `_refusal`."""
    now = ground.clock.now()
    digest = sha256(requested.form.need("device_code").encode()).digest()
    signing = await issue.Signing.ready(ground)
    tokens = None
    async with ground.db.transaction() as tx:
        found = await store.poll(tx, digest, requested.app.client_id, now)
        # What a poll costs (`slow_down`) has to be committed, so refusals are raised after the transaction.
        refusal = _refusal(requested, found, expired=found is not None and found.expires_at <= now)
        if refusal is None and found is not None:
            family = _family(requested, found)
            await store.consume(tx, digest)
            tokens = issue.Tokens.new(requested, family, family.scopes, now)
            await families.begin(tx, family, now, tokens.life.expires)
            tokens = await tokens.keep(tx, requested)
    if tokens is None:
        raise refusal or InvalidGrant("device code not found")
    return tokens.written(signing, nonce=None)


def _refusal(requested: Requested, found: Polled | None, *, expired: bool) -> Exception | None:  # noqa: PLR0911
    """The table of section 3.5, read from the top."""
    if found is None:
        return InvalidGrant("device code not found")
    if found.client_version != requested.app.version:
        return ClientChanged()
    if found.state == "consumed":
        return InvalidGrant("device code already used")
    if found.state == "denied":
        return DeviceDenied()
    if expired:
        return ExpiredToken()
    if found.state == "pending":
        return SlowDown() if found.too_fast else AuthorizationPending()
    return None if found.person_lives else InvalidGrant("the account is not active")


def _family(requested: Requested, found: Polled) -> Family:
    if found.user_id is None or found.sub is None or found.authenticated_at is None:
        raise RuntimeError("an approved device code names its person")
    return Family(
        id=families.new_id(),
        client_id=requested.app.client_id,
        user_id=found.user_id,
        sub=found.sub,
        scopes=found.scopes,
        authenticated_at=found.authenticated_at,
        methods=found.methods,
        jkt=requested.refresh_jkt,
    )
