"""An ID token that an application shows back to us as a hint of whom it means."""

import msgspec

from services.auth.ground import Ground
from services.auth.tokens import jwt, mint


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What it says; that it has expired does not matter (RP-Initiated Logout 1.0 section 4)."""

    aud: str
    sub: str
    canonical_sub: str
    at_hash: str
    """Only ID tokens have one, so no access token passes for a hint."""
    sid: str | None = None
    scope: None = None


async def read(ground: Ground, token: str) -> Hint | None:
    """None for what is no ID token of ours."""
    try:
        found = await jwt.read(ground.ring, token)
        if found.typ != mint.OWN or found.claims.get("iss") != ground.issuer:
            return None
        return msgspec.convert(found.claims, Hint)
    except (jwt.Unreadable, msgspec.ValidationError):
        return None
