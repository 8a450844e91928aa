"""An ID token of another provider, believed once every check of OpenID Connect Core 3.1.3.7 has passed."""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
import structlog

from services.auth.clients.key_sets import KeySets
from services.auth.keys import material
from services.auth.tokens import foreign
from services.auth.tokens.foreign import Foreign, ForeignUnreadable
from services.auth.upstream.refusals import AnswerRefused

logger = structlog.get_logger()

SKEW: Final = 60.0
"""Seconds that a provider's clock may be off."""

OLDEST: Final = 600.0
"""Seconds since `iat`: the token was made for the code of this very moment."""

LONGEST_SUBJECT: Final = 255


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a person, for whom, and until when."""

    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nbf: int | float = 0
    azp: str | None = None
    nonce: str | None = None
    at_hash: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    """Apple writes it as a string."""
    hd: str | None = None
    """Google's word for the organisation that owns the address."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the token has to be."""

    issuer: str
    audience: str
    nonce: str
    jwks_uri: str
    parties: tuple[str, ...] = ()
    """Other clients of ours that may have asked for it (`azp`): apps that ask in a server's name."""
    access_token: str | None = None
    """What `at_hash`, where there is one, is the hash of."""


async def believed(text: str, expected: Expected, key_sets: KeySets, now: datetime) -> Claims:
    """Raises AnswerRefused; the log says which check failed, and nothing of the token."""
    try:
        found = foreign.read(text)
        claims = msgspec.convert(found.claims, Claims)
    except (ForeignUnreadable, msgspec.ValidationError) as error:
        raise _refused(expected, f"unreadable: {type(error).__name__}") from None
    fault = _fault(claims, expected, now.timestamp())
    if fault is not None:
        raise _refused(expected, fault)
    kid = found.header.get("kid")
    keys = await key_sets.at(expected.jwks_uri, kid if isinstance(kid, str) else None)
    if not any(_signed(found, key) for key in keys if kid is None or key.get("kid") == kid):
        raise _refused(expected, "signature")
    return claims


def _fault(claims: Claims, expected: Expected, now: float) -> str | None:  # noqa: PLR0911 - one return for each rule
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != expected.issuer:
        return "iss"
    if expected.audience not in audiences or (len(audiences) > 1 and claims.azp != expected.audience):
        return "aud"
    if claims.azp not in {None, expected.audience, *expected.parties}:
        return "azp"
    if claims.exp <= now - SKEW:
        return "exp"
    if not now - OLDEST - SKEW <= claims.iat <= now + SKEW or claims.nbf > now + SKEW:
        return "iat"
    if claims.nonce is None or not hmac.compare_digest(claims.nonce.encode(), expected.nonce.encode()):
        return "nonce"
    if not 1 <= len(claims.sub) <= LONGEST_SUBJECT:
        return "sub"
    if claims.at_hash is not None and expected.access_token is not None:
        left = sha256(expected.access_token.encode()).digest()[:16]
        if claims.at_hash != material.encoded(left):
            return "at_hash"
    return None


def _signed(token: Foreign, jwk: dict[str, object]) -> bool:
    if jwk.get("use", "sig") != "sig":
        return False
    try:
        foreign.verify(token, foreign.public_key(jwk))
    except ForeignUnreadable:
        return False
    return True


def _refused(expected: Expected, check: str) -> AnswerRefused:
    logger.warning("upstream.id_token_refused", issuer=expected.issuer, check=check)
    return AnswerRefused()
