"""private_key_jwt: a client authenticates by a JWT that its own key has signed (RFC 7523 sections 2.2 and 3)."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from contracts.applications import Application
from services.auth.clients.key_sets import KeySets
from services.auth.dpop import store
from services.auth.tokens import foreign
from services.auth.tokens.foreign import Foreign, ForeignUnreadable

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

LONGEST_LIFE: Final = timedelta(minutes=10)
"""How far `exp` may lie ahead: a jti is remembered until then."""

SKEW: Final = timedelta(seconds=30)

ENDPOINTS: Final = ("token", "par", "introspect", "revoke", "device_authorization")
"""Where clients authenticate; an assertion may name the address instead of the issuer."""

_TYPES: Final = frozenset({None, "JWT", "jwt", "client-authentication+jwt"})


class _Claims(msgspec.Struct, frozen=True, kw_only=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    jti: str
    nbf: int | float = 0
    iat: int | float = 0


class Assertion:
    """One request's assertion. Judged as often as the client's record changes meanwhile, spent once."""

    def __init__(self, foreign: Foreign, claims: _Claims) -> None:
        self.foreign, self.claims = foreign, claims
        self.spent = False

    @classmethod
    def read(cls, text: str) -> "Assertion":
        """Raises ForeignUnreadable; believes nothing."""
        found = foreign.read(text)
        try:
            claims = msgspec.convert(found.claims, _Claims)
        except msgspec.ValidationError:
            raise ForeignUnreadable("iss, sub, aud, exp and jti are needed") from None
        if found.header.get("typ") not in _TYPES:
            raise ForeignUnreadable("typ is not one of a client assertion")
        return cls(found, claims)

    @property
    def client_id(self) -> str:
        return self.claims.sub

    @property
    def digest(self) -> bytes:
        return sha256(f"assertion\0{self.claims.iss}\0{self.claims.jti}".encode(errors="surrogatepass")).digest()


class Assertions:
    """Judges assertions that were made for one issuer."""

    def __init__(self, db: Database, clock: Clock, issuer: str, key_sets: KeySets) -> None:
        self._db, self._clock, self._key_sets = db, clock, key_sets
        self._audiences = {issuer, *(f"{issuer}/oauth/{end}" for end in ENDPOINTS)}

    async def fault(self, app: Application, shown: Assertion) -> str | None:
        """None where the assertion is this client's, good now and used for the first time; otherwise why not."""
        fault = self._claims_fault(app, shown.claims) or await self._signature_fault(app, shown.foreign)
        if fault is not None or shown.spent:
            return fault
        # Beyond `exp` by the leeway that its reader has.
        expires = datetime.fromtimestamp(shown.claims.exp, self._clock.now().tzinfo) + SKEW
        if not await store.spend(self._db, shown.digest, expires):
            return "The client assertion was used before."
        shown.spent = True
        return None

    def _claims_fault(self, app: Application, claims: _Claims) -> str | None:
        now, skew = self._clock.now().timestamp(), SKEW.total_seconds()
        if {claims.iss, claims.sub} != {app.client_id}:
            return "iss and sub of the client assertion have to be the client_id."
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if len(audiences) != 1 or audiences[0] not in self._audiences:
            return "aud of the client assertion has to be the issuer alone."
        if not now - skew < claims.exp <= now + LONGEST_LIFE.total_seconds() + skew:
            return "exp of the client assertion has passed, or lies more than ten minutes ahead."
        if max(claims.nbf, claims.iat) > now + skew:
            return "The client assertion is not valid yet."
        return None if 0 < len(claims.jti) <= 256 else "jti of the client assertion has 1 to 256 characters."

    async def _signature_fault(self, app: Application, shown: Foreign) -> str | None:
        kid = shown.header.get("kid")
        keys: tuple[dict[str, Any], ...] = ()
        if app.jwks is not None:
            keys = tuple(key for key in app.jwks.get("keys", ()) if isinstance(key, dict))
        elif app.jwks_uri is not None:
            keys = await self._key_sets.at(app.jwks_uri, kid if isinstance(kid, str) else None)
        if not keys:
            return "No keys of this client are known."
        named = [key for key in keys if kid is None or key.get("kid") == kid]
        if any(_signed(shown, key) for key in named):
            return None
        return "The client assertion is not signed by a key of this client."


def _signed(shown: Foreign, jwk: dict[str, Any]) -> bool:
    if jwk.get("use", "sig") != "sig":
        return False
    try:
        foreign.verify(shown, foreign.public_key(jwk))
    except ForeignUnreadable:
        return False
    return True
