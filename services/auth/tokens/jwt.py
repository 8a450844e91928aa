"""Compact JWS (RFC 7515) with our own keys: written, and read without believing anything the header says of itself."""

from functools import lru_cache
from typing import Any

import msgspec

from services.auth.keys import material
from services.auth.keys.ring import Key, Ring

LONGEST = 8 * 1024
"""Characters; our own tokens have about 900."""


class Unreadable(Exception):
    """Not a token of ours: malformed, altered, or signed by a key that we do not publish."""


class Token(msgspec.Struct, frozen=True):
    """A token whose signature holds; nothing else has been judged."""

    typ: str
    kid: str
    claims: dict[str, Any]


def write(key: Key, typ: str, claims: dict[str, Any]) -> str:
    signed = f"{_head(key.algorithm, key.kid, typ)}.{_segment(claims)}".encode()
    return f"{signed.decode()}.{material.encoded(material.sign(key.private, signed))}"


async def read(ring: Ring, token: str) -> Token:
    """Raises Unreadable.

    The algorithm is the one of the key that `kid` names; a header that says another (`none`, HS256 with a public key)
    or that asks for an extension (`crit`) is refused (RFC 8725 section 3.1).
    """
    if len(token) > LONGEST:
        raise Unreadable("too long")
    try:
        head, body, signature = token.split(".")
        header = msgspec.json.decode(material.decoded(head), type=dict[str, Any])
        kid, algorithm, typ = header.get("kid"), header.get("alg"), header.get("typ")
        if not isinstance(kid, str) or not isinstance(typ, str) or "crit" in header or "b64" in header:
            raise Unreadable("the header is not one of ours")
        key = await ring.named(kid)
        if key is None or algorithm != key.algorithm:
            raise Unreadable("no key of ours with this algorithm")
        if not material.verified(key.private.public_key(), f"{head}.{body}".encode(), material.decoded(signature)):
            raise Unreadable("the signature does not hold")
        return Token(typ, kid, msgspec.json.decode(material.decoded(body), type=dict[str, Any]))
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable("malformed") from error


def _segment(members: dict[str, Any]) -> str:
    return material.encoded(msgspec.json.encode(members))


@lru_cache(64)
def _head(algorithm: str, kid: str, typ: str) -> str:
    """The same for all tokens of one kind under one key."""
    return _segment({"alg": algorithm, "kid": kid, "typ": typ})
