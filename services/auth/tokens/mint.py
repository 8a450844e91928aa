"""What our tokens say (auth.md 3.2, 3.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from services.auth.keys import material
from services.auth.keys.ring import Key
from services.auth.logout.outbox import Claimed
from services.auth.tokens import jwt
from services.auth.tokens.families import Family

ID_TOKEN_LIFETIME: Final = timedelta(minutes=60)

LOGOUT_TOKEN_LIFETIME: Final = timedelta(minutes=2)

LOGOUT: Final = "logout+jwt"
OWN, RESOURCE = "JWT", "at+jwt"
"""`typ` of an access token for the client itself, and of one for an API resource (RFC 9068 section 2.1)."""


class Life(NamedTuple):
    """From when to when a token counts."""

    issued: datetime
    expires: datetime


class Stamp(NamedTuple):
    """What every access token says of itself."""

    issuer: str
    jti: UUID
    life: Life
    jkt: str | None = None
    """Thumbprint of the key that it is bound to (RFC 9449 section 6.1)."""


class Machine(NamedTuple):
    """What a client without a person gets: some scopes of one API resource."""

    client_id: str
    resource: str
    scopes: Sequence[str]


def own_access_token(key: Key, family: Family, scopes: Sequence[str], stamp: Stamp) -> str:
    """For the client itself, which may verify it without asking us."""
    claims = {
        "sub": family.sub,
        "aud": family.client_id,
        "scope": " ".join(scopes),
        **_access(stamp),
        **_acting(family),
    }
    return jwt.write(key, OWN, claims)


def person_token(key: Key, family: Family, resource: str, scopes: Sequence[str], stamp: Stamp) -> str:
    """For an API resource, in a person's name (RFC 9068, RFC 8707)."""
    claims: dict[str, Any] = {
        "sub": family.sub,
        "client_id": family.client_id,
        "aud": resource,
        "auth_time": _seconds(family.authenticated_at),
        "acr": acr(family.methods),
        "amr": list(family.methods),
        **_access(stamp),
        **_acting(family),
    }
    if scopes:
        claims["scope"] = " ".join(scopes)
    return jwt.write(key, RESOURCE, claims)


def machine_token(key: Key, machine: Machine, stamp: Stamp) -> str:
    """For an API resource, with no person behind it (RFC 9068)."""
    claims = {"sub": machine.client_id, "client_id": machine.client_id, "aud": machine.resource, **_access(stamp)}
    if machine.scopes:
        claims["scope"] = " ".join(machine.scopes)
    return jwt.write(key, RESOURCE, claims)


def _access(stamp: Stamp) -> dict[str, Any]:
    bound = {} if stamp.jkt is None else {"cnf": {"jkt": stamp.jkt}}
    return {**_common(stamp.issuer, stamp.jti, stamp.life), **bound}


def _acting(family: Family) -> dict[str, Any]:
    return {} if family.actor is None else {"act": {"sub": family.actor}}


def _common(issuer: str, jti: UUID, life: Life) -> dict[str, Any]:
    return {"iss": issuer, "exp": _seconds(life.expires), "iat": _seconds(life.issued), "jti": str(jti)}


def id_token(key: Key, issuer: str, family: Family, access_token: str, more: dict[str, Any], now: datetime) -> str:
    """Says who signed in, when and how (OpenID Connect Core section 2).

    `more` are the identity claims, the nonce, and what was asked for.
    """
    life = Life(now, now + ID_TOKEN_LIFETIME)
    claims: dict[str, Any] = {
        **more,
        "aud": family.client_id,
        "auth_time": _seconds(family.authenticated_at),
        "amr": list(family.methods),
        "acr": acr(family.methods),
        "at_hash": material.encoded(sha256(access_token.encode()).digest()[:16]),
        "sub": family.sub,
        **_common(issuer, uuid4(), life),
    }
    if family.session_id is not None:
        claims["sid"] = material.encoded(family.session_id)
    return jwt.write(key, OWN, claims)


def logout_token(key: Key, issuer: str, notice: Claimed, now: datetime) -> str:
    """Tells an application that a session, or all of a person's, is over (Back-Channel Logout 1.0 section 2.4)."""
    claims: dict[str, Any] = {
        "sub": notice.sub,
        "aud": notice.client_id,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        **_common(issuer, notice.key, Life(now, now + LOGOUT_TOKEN_LIFETIME)),
    }
    if notice.sid is not None:
        claims["sid"] = material.encoded(notice.sid)
    return jwt.write(key, LOGOUT, claims)


def acr(methods: Sequence[str]) -> str:
    """`aal2` where two factors were shown, `aal1` otherwise (after NIST SP 800-63B)."""
    return "aal2" if "mfa" in methods else "aal1"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
