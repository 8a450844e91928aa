"""authorization_code (auth.md 2.1): a code becomes tokens exactly once; a second time ends what the first began."""

import hmac
import re
from hashlib import sha256
from typing import Any

import msgspec

from chassis.postgres import Tx
from chassis.problems import InvalidRequest
from services.auth.accounts import store
from services.auth.clients.authenticate import UnauthorizedClient
from services.auth.ground import Ground
from services.auth.keys import material
from services.auth.profile import particulars
from services.auth.token import audience, codes, issue
from services.auth.token.codes import Code
from services.auth.token.refusals import ClientChanged, InvalidGrant
from services.auth.token.request import Issued, Requested
from services.auth.tokens import families, revoke
from services.auth.tokens.families import Family
from services.auth.tokens.subjects import Standing
from services.auth.userinfo.claims import claims

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class CodeReplayed(Exception):
    """The code was spent before; `family` is what it began."""

    def __init__(self, family: Family) -> None:
        self.family = family


async def redeem(ground: Ground, requested: Requested) -> Issued:
    """Raises InvalidRequest, InvalidGrant, UnauthorizedClient, ClientChanged."""
    try:
        return await _redeem(ground, requested)
    except CodeReplayed as replay:
        # RFC 6749 section 4.1.2: whoever came first may have been the thief.
        async with ground.db.transaction() as tx:
            await revoke.family(tx, replay.family, "code_replayed", ground.clock.now())
        raise InvalidGrant("code already used") from None


async def _redeem(ground: Ground, requested: Requested) -> Issued:
    form, app, now = requested.form, requested.app, ground.clock.now()
    digest = sha256(form.need("code").encode()).digest()
    redirect_uri, verifier = form.need("redirect_uri"), form.get("code_verifier")
    if verifier is not None and not _VERIFIER.fullmatch(verifier):
        raise InvalidRequest("code_verifier has to be 43 to 128 unreserved characters.")
    signing = await issue.Signing.ready(ground)
    async with ground.db.transaction() as tx:
        code = await codes.take(tx, digest, app.client_id)
        if code is None:
            raise InvalidGrant("code not found")
        if code.client_version != app.version:
            raise ClientChanged
        if code.consumed_at is not None:
            raise CodeReplayed(code.family)
        if code.expires_at <= now:
            raise InvalidGrant("code expired (10 min)")
        _check(code, redirect_uri, verifier)
        if code.jkt is not None and code.jkt != requested.jkt:
            raise InvalidGrant("DPoP proof missing" if requested.jkt is None else "DPoP key mismatch")
        if not app.serves(redirect_uri):
            raise UnauthorizedClient
        await codes.consume(tx, digest, now)
        family = msgspec.structs.replace(code.family, jkt=requested.refresh_jkt)
        target = await audience.of(tx, form, family, family.scopes)
        tokens = issue.Tokens.new(requested, family, family.scopes, now, target)
        await families.begin(tx, family, now, tokens.life.expires)
        tokens = await tokens.keep(tx, requested)
        more = await _claims(tx, code, ground.settings.synthetic_mail_domain)
    return tokens.written(signing, nonce=code.nonce, more=more)


async def _claims(tx: Tx, code: Code, synthetic_domain: str) -> dict[str, Any]:
    """What of the granted scopes the `claims` parameter wants in the ID token."""
    account = await store.by_id(tx, code.family.user_id) if code.claims else None
    if account is None:
        return {}
    told = claims(account, code.family.sub, code.family.scopes, Standing(), synthetic_domain)
    told |= await particulars.told(tx, account.id, code.family.scopes)
    return {name: value for name, value in told.items() if name in code.claims}


def _check(code: Code, redirect_uri: str, verifier: str | None) -> None:
    if not hmac.compare_digest(redirect_uri.encode(), code.redirect_uri.encode()):
        raise InvalidGrant("redirect_uri mismatch")
    _check_pkce(code.code_challenge, verifier)
    if not code.person_lives:
        raise InvalidGrant("the account is not active")


def _check_pkce(challenge: str | None, verifier: str | None) -> None:
    """Neither half counts without the other: a downgrade in either direction is a mismatch (RFC 9700 2.1.1)."""
    if challenge is None and verifier is None:
        return
    if verifier is None:
        raise InvalidRequest("code_verifier is missing.")
    shown = material.encoded(sha256(verifier.encode()).digest())
    if challenge is None or not hmac.compare_digest(shown.encode(), challenge.encode()):
        raise InvalidGrant("PKCE verifier mismatch")
