"""What becomes of a token that its client gives back (auth.md 2.11)."""

from datetime import UTC, datetime
from hashlib import sha256

from chassis.postgres import Tx
from contracts.applications import Application
from services.auth.ground import Ground
from services.auth.token.refusals import InvalidGrant
from services.auth.tokens import families, revoke, verify
from services.auth.tokens.claims import Claims


class TokenOfAnother(InvalidGrant):
    """RFC 7009 section 2.1: only its own client gives a token back."""

    default_detail = "The token was issued to another client."


async def take_back(ground: Ground, app: Application, token: str) -> None:
    """A refresh token ends its family and the access tokens of it, an access token ends alone.

    What is no living token of ours is none already. Raises TokenOfAnother.
    """
    if token.count(".") == 2:
        await _access_token(ground, app, token)
        return
    async with ground.db.transaction() as tx:
        family = await families.holding(tx, sha256(token.encode(errors="surrogatepass")).digest())
        if family is None:
            return
        if family.client_id != app.client_id:
            raise TokenOfAnother
        await revoke.family(tx, family, "client_request", ground.clock.now())


async def _access_token(ground: Ground, app: Application, token: str) -> None:
    found = await verify.signed(ground, token)
    if found is None:
        return
    if found.client != app.client_id:
        raise TokenOfAnother
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        if await revoke.access_token(tx, found.jti, datetime.fromtimestamp(found.exp, UTC)):
            await _tell(tx, found, now)


async def _tell(tx: Tx, claims: Claims, now: datetime) -> None:
    """A machine's token is nobody's, so nobody is told."""
    family_id = families.family_of(claims.jti)
    holder = None if family_id is None else await families.find(tx, family_id)
    if holder is not None:
        await revoke.tell(tx, holder, claims.jti, now)
