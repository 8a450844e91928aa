"""JWS signed by other people's keys: read first, and verified with a key that the reader chose.

The allow-list of algorithms is ours, never the header's (RFC 8725 section 3.1).
"""

from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import errors
from joserfc.jwk import ECKey, OKPKey, RSAKey

from services.auth.keys import material

ALGORITHMS: Final = ("ES256", "RS256", "EdDSA")

LONGEST: Final = 8 * 1024
"""Characters of a proof or an assertion."""

RSA_BITS: Final = (2048, 4096)
"""Fewer are weak; more are a way to make us calculate."""

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class ForeignUnreadable(Exception):
    """Malformed, of an algorithm that is not taken, or not signed by the key; the message says which."""


class Foreign(msgspec.Struct, frozen=True):
    """A JWS of which nothing has been believed yet."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes


def read(text: str) -> Foreign:
    """Raises ForeignUnreadable."""
    if len(text) > LONGEST:
        raise ForeignUnreadable("it is too long")
    try:
        head, body, signature = text.split(".")
        header = msgspec.json.decode(material.decoded(head), type=dict[str, Any])
        claims = msgspec.json.decode(material.decoded(body), type=dict[str, Any])
        found = Foreign(header, claims, f"{head}.{body}".encode("ascii"), material.decoded(signature))
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise ForeignUnreadable("it is malformed") from error
    if header.get("alg") not in ALGORITHMS:
        raise ForeignUnreadable(f"alg has to be one of {', '.join(ALGORITHMS)}")
    if "crit" in header or "b64" in header:
        raise ForeignUnreadable("it asks for an extension")
    return found


PublicKey = ECKey | RSAKey | OKPKey

_KINDS: Final[dict[str, type[PublicKey]]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


def public_key(jwk: Any) -> PublicKey:
    """A public key of a kind that we take. Raises ForeignUnreadable."""
    if not isinstance(jwk, dict) or _PRIVATE & jwk.keys():
        raise ForeignUnreadable("jwk is not a public key")
    kind = _KINDS.get(jwk.get("kty", "")) if isinstance(jwk.get("kty"), str) else None
    if kind is None:
        raise ForeignUnreadable("jwk is of a kind that is not taken")
    try:
        key = kind.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk})
        bits = key.public_key.key_size if isinstance(key, RSAKey) else RSA_BITS[0]
    except (errors.JoseError, ValueError, TypeError, KeyError) as error:
        raise ForeignUnreadable("jwk is not a public key") from error
    if not RSA_BITS[0] <= bits <= RSA_BITS[1]:
        raise ForeignUnreadable("an RSA key has 2048 to 4096 bits")
    return key


def verify(foreign: Foreign, key: PublicKey) -> None:
    """Raises ForeignUnreadable where the key is of another kind than `alg`, or the signature does not hold."""
    if _algorithm(key) != foreign.header["alg"]:
        raise ForeignUnreadable("the key does not go with alg")
    if not _holds(key.public_key, foreign):
        raise ForeignUnreadable("the signature does not hold")


def _algorithm(key: PublicKey) -> str | None:
    if isinstance(key, RSAKey):
        return "RS256"
    return {"P-256": "ES256", "Ed25519": "EdDSA"}.get(str(key.curve_name))


def _holds(key: Any, foreign: Foreign) -> bool:
    if not isinstance(key, Ed25519PublicKey):
        return material.verified(key, foreign.signed, foreign.signature)
    try:
        key.verify(foreign.signature, foreign.signed)
    except InvalidSignature:
        return False
    return True
