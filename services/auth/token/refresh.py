"""refresh_token (auth.md 2.2): each use retires the token; a retired one that comes again ends its whole family."""

from hashlib import sha256

from contracts.scopes import full_name
from services.auth.authorize import request
from services.auth.ground import Ground
from services.auth.token import audience, issue
from services.auth.token.refusals import ClientChanged, InvalidGrant, InvalidScope
from services.auth.token.request import Issued, Requested
from services.auth.tokens import families, revoke
from services.auth.tokens.families import Family


class RefreshReused(Exception):
    """Two hold the same token, and nobody can say which of them is the thief."""

    def __init__(self, family: Family) -> None:
        self.family = family


async def rotate(ground: Ground, requested: Requested) -> Issued:
    """Raises InvalidRequest, InvalidGrant, InvalidScope, ClientChanged."""
    try:
        return await _rotate(ground, requested)
    except RefreshReused as reuse:
        async with ground.db.transaction() as tx:
            await revoke.family(tx, reuse.family, "refresh_reused", ground.clock.now())
        raise InvalidGrant("refresh token reuse detected; chain revoked") from None


async def _rotate(ground: Ground, requested: Requested) -> Issued:
    app, now = requested.app, ground.clock.now()
    digest = sha256(requested.form.need("refresh_token").encode()).digest()
    signing = await issue.Signing.ready(ground)
    async with ground.db.transaction() as tx:
        found = await families.present(tx, digest, app.client_id)
        if found is None:
            raise InvalidGrant("refresh token not found")
        if found.client_version != app.version:
            raise ClientChanged
        if found.rotated_at is not None:
            raise RefreshReused(found.family)
        if found.revoked_at is not None:
            raise InvalidGrant("refresh token revoked")
        if found.expires_at <= now:
            raise InvalidGrant("refresh token expired")
        if not found.person_lives:
            raise InvalidGrant("the account is not active")
        if found.family.jkt is not None and found.family.jkt != requested.jkt:
            missing = requested.jkt is None
            raise InvalidGrant(f"the refresh token is bound to {'a' if missing else 'another'} DPoP key")
        scopes = _narrowed(requested, found.family)
        target = await audience.of(tx, requested.form, found.family, scopes)
        tokens = issue.Tokens.new(requested, found.family, scopes, now, target)
        await families.rotate(tx, digest, now)
        tokens = await tokens.keep(tx, requested)
    return tokens.written(signing, nonce=None)


def _narrowed(requested: Requested, family: Family) -> tuple[str, ...]:
    """The scopes asked for, all of which were granted (RFC 6749 section 6). The family keeps what it has."""
    wanted = requested.form.get("scope")
    if wanted is None:
        return family.scopes
    scopes, granted = request.scopes(wanted), {full_name(scope) for scope in family.scopes}
    if not scopes or not {full_name(scope) for scope in scopes} <= granted:
        raise InvalidScope("A refresh cannot ask for more than was granted.")
    return scopes
