"""What code and refresh grants issue alike: an access token, the next refresh token, and an ID token with `openid`."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Self
from uuid import UUID

import msgspec

from chassis.postgres import Tx
from services.auth.ground import Ground
from services.auth.keys.ring import Key
from services.auth.token import log
from services.auth.token.request import Issued, Lifetimes, Requested
from services.auth.tokens import families, mint
from services.auth.tokens.families import Family


class Signing(msgspec.Struct, frozen=True):
    """The key, fetched before a transaction begins, so that none is held over another look-up."""

    key: Key
    issuer: str

    @classmethod
    async def ready(cls, ground: Ground) -> Self:
        return cls(await ground.ring.signing("own"), ground.issuer)


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Decided in the transaction, signed after it."""

    family: Family
    scopes: tuple[str, ...]
    jti: UUID
    life: mint.Life
    refresh_token: str
    refresh_life: mint.Life

    @classmethod
    def new(cls, requested: Requested, family: Family, scopes: Sequence[str], now: datetime) -> Self:
        lifetimes = Lifetimes.of(requested.app)
        return cls(
            family=family,
            scopes=tuple(scopes),
            jti=families.new_jti(family.id),
            life=mint.Life(now, now + lifetimes.access),
            refresh_token=f"logi_rt_{secrets.token_urlsafe(32)}",
            refresh_life=mint.Life(now, now + lifetimes.refresh),
        )

    async def keep(self, tx: Tx, requested: Requested) -> None:
        """The refresh token by its digest, and the line in the log."""
        digest = sha256(self.refresh_token.encode()).digest()
        await families.keep_refresh(tx, self.family.id, digest, self.refresh_life.issued, self.refresh_life.expires)
        entry = requested.entry(self.life.issued, jti=self.jti, sub=self.family.sub, scopes=self.scopes)
        await log.write(tx, entry)

    def written(self, signing: Signing, nonce: str | None) -> Issued:
        """Signed, for the reply; `nonce` is none on refresh (OIDC Core 12.2)."""
        key, issuer = signing.key, signing.issuer
        access = mint.own_access_token(key, issuer, self.family, self.scopes, self.jti, self.life)
        identity = None
        if "openid" in self.scopes:
            identity = mint.id_token(key, issuer, self.family, access, nonce, self.life.issued)
        return Issued(
            access_token=access,
            expires_in=int((self.life.expires - self.life.issued).total_seconds()),
            scope=" ".join(self.scopes),
            refresh_token=self.refresh_token,
            id_token=identity,
        )
