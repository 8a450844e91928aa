"""Keys as mathematics: made, written down, signed with. RSA 2048 for RS256, P-256 for ES256 (ADR 7)."""

import base64
import hashlib
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from services.auth.keys.store import Algorithm

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

RSA_BITS = 2048
P256_BYTES = 32

_ES256 = ec.ECDSA(hashes.SHA256())
_THUMBPRINT_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}


def new(algorithm: Algorithm) -> PrivateKey:
    """Takes up to a second for RSA: call it in a thread."""
    if algorithm == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def written(key: PrivateKey) -> bytes:
    """PKCS 8, DER; to be sealed."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read(der: bytes) -> PrivateKey:
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("a signing key is RSA or EC")
    return key


def public_jwk(key: PrivateKey) -> dict[str, Any]:
    """The public half as it stands in the JWKS (RFC 7517, RFC 7518 section 6); `kid` is its thumbprint."""
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        jwk = {"kty": "RSA", "alg": "RS256", "e": _number(numbers.e), "n": _number(numbers.n)}
    else:
        point = key.public_key().public_numbers()
        jwk = {
            "kty": "EC",
            "alg": "ES256",
            "crv": "P-256",
            "x": _number(point.x, P256_BYTES),
            "y": _number(point.y, P256_BYTES),
        }
    return {"use": "sig", "kid": thumbprint(jwk), **jwk}


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638, SHA-256."""
    members = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    return encoded(hashlib.sha256(msgspec.json.encode(members)).digest())


def sign(key: PrivateKey, message: bytes) -> bytes:
    """A JWS signature (RFC 7518 sections 3.3 and 3.4)."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(message, _ES256))
    return r.to_bytes(P256_BYTES, "big") + s.to_bytes(P256_BYTES, "big")


def verified(key: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            return True
        if len(signature) != 2 * P256_BYTES:
            return False
        r, s = signature[:P256_BYTES], signature[P256_BYTES:]
        der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key.verify(der, message, _ES256)
    except InvalidSignature:
        return False
    return True


def encoded(raw: bytes) -> str:
    """base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError for anything that no encoder would have written."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encoded(raw) != text:
        raise ValueError("not the canonical base64url")
    return raw


def _number(number: int, length: int | None = None) -> str:
    return encoded(number.to_bytes(length or (number.bit_length() + 7) // 8, "big"))
