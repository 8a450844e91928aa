"""What code and refresh grants issue alike: an access token, the next refresh token, and an ID token with `openid`."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

import msgspec

from chassis.postgres import Tx
from services.auth.ground import Ground
from services.auth.keys.ring import Key
from services.auth.token import log
from services.auth.token.audience import Audience
from services.auth.token.log import Entry
from services.auth.token.request import Issued, Lifetimes, Requested
from services.auth.tokens import families, mint, subjects
from services.auth.tokens.families import Family
from services.auth.tokens.subjects import Standing


class Signing(msgspec.Struct, frozen=True):
    """The keys, fetched before a transaction begins, so that none is held over another look-up."""

    own: Key
    resource: Key
    issuer: str

    @classmethod
    async def ready(cls, ground: Ground) -> Self:
        return cls(await ground.ring.signing("own"), await ground.ring.signing("resource"), ground.issuer)


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Decided in the transaction, signed after it."""

    family: Family
    scopes: tuple[str, ...]
    jti: UUID
    life: mint.Life
    refresh_token: str
    refresh_life: mint.Life
    jkt: str | None
    audience: Audience | None = None
    """The API resource that the access token is for; none where it is for the client itself."""
    standing: Standing = Standing()
    """What the ID token says of the person beyond this grant."""

    @classmethod
    def new(
        cls,
        requested: Requested,
        family: Family,
        scopes: Sequence[str],
        now: datetime,
        audience: Audience | None = None,
    ) -> Self:
        lifetimes = Lifetimes.of(requested.app)
        access = lifetimes.access if audience is None else audience.lifetime
        return cls(
            family=family,
            scopes=tuple(scopes),
            jti=families.new_jti(family.id),
            life=mint.Life(now, now + access),
            refresh_token=f"logi_rt_{secrets.token_urlsafe(32)}",
            refresh_life=mint.Life(now, now + lifetimes.refresh),
            jkt=requested.jkt,
            audience=audience,
        )

    async def keep(self, tx: Tx, requested: Requested) -> Self:
        """The refresh token by its digest, and the line in the log; returns what is to be written."""
        digest, life = sha256(self.refresh_token.encode()).digest(), self.refresh_life
        standing = await families.keep_refresh(tx, self.family.id, digest, life.issued, life.expires)
        await log.write(tx, self.entry(requested))
        return msgspec.structs.replace(self, standing=standing)

    def entry(self, requested: Requested) -> Entry:
        """Its line in the log."""
        return requested.entry(
            self.life.issued,
            jti=self.jti,
            sub=self.family.sub,
            resource=None if self.audience is None else self.audience.indicator,
            scopes=self._told(),
        )

    def written(self, signing: Signing, nonce: str | None, more: dict[str, Any] | None = None) -> Issued:
        """Signed, for the reply; `nonce` is none on refresh (OIDC Core 12.2), `more` is told in the ID token too."""
        access = self._access(signing)
        identity = None
        if "openid" in self.scopes:
            who = subjects.claims(self.family.sub, self.family.user_id, self.standing)
            told = {**(more or {}), **({} if nonce is None else {"nonce": nonce}), **who}
            identity = mint.id_token(signing.own, signing.issuer, self.family, access, told, self.life.issued)
        return Issued(
            access_token=access,
            token_type="Bearer" if self.jkt is None else "DPoP",
            expires_in=int((self.life.expires - self.life.issued).total_seconds()),
            scope=" ".join(self._told()) or None,
            refresh_token=self.refresh_token,
            id_token=identity,
        )

    def _access(self, signing: Signing) -> str:
        stamp = mint.Stamp(signing.issuer, self.jti, self.life, self.jkt)
        if self.audience is None:
            return mint.own_access_token(signing.own, self.family, self.scopes, stamp)
        key = signing.own if self.audience.algorithm == "RS256" else signing.resource
        return mint.person_token(key, self.family, self.audience.indicator, self.audience.scopes, stamp)

    def _told(self) -> tuple[str, ...]:
        """The scopes of the access token."""
        return self.scopes if self.audience is None else self.audience.scopes
