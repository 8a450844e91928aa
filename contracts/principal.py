"""Who is calling: resolved once at the gateway, carried as nested bytes in every frame (ADR 5)."""

from datetime import datetime
from typing import Literal

import msgspec

Role = Literal["user", "developer", "admin"]
Via = Literal["cookie", "bearer", "basic", "dpop"]
Why = Literal[
    "unknown",
    "expired",
    "revoked",
    "malformed",
    "wrong_secret",
    "user_inactive",
    "client_inactive",
    "client_public",
    "bound_to_a_key",
    "not_bound_to_a_key",
    "bound_to_another_key",
    "proof_missing",
    "proof_wrong",
]
"""The last five are of DPoP: a bound token shown as a bearer token, an unbound one with a proof, and so on."""


class _Base(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    pass


class Anonymous(_Base, frozen=True, kw_only=True, tag="anonymous"):
    """No credential was shown."""


class Refused(_Base, frozen=True, kw_only=True, tag="refused"):
    """A credential was shown and does not count; the service says so in its own envelope."""

    why: Why
    via: Via = "bearer"


class _Person(_Base, frozen=True, kw_only=True):
    user_id: int
    sub: str
    role: Role
    identity_verified_level: int
    scopes: tuple[str, ...] = ()


class Session(_Person, frozen=True, kw_only=True, tag="session"):
    """A browser's session cookie; unsafe methods need a CSRF token in the service besides."""

    session_id: str
    csrf_token: str
    authenticated_at: datetime
    methods: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    """Second factors that the account has, `totp` and `passkey`; one of them steps this session up."""
    passkey_at: datetime | None = None
    """When a passkey was last shown in this session."""
    otp_at: datetime | None = None
    """When a one-time code was last shown in this session."""
    confirmed_at: datetime | None = None
    """When whoever has no second factor last showed once more who they are."""


class Pak(_Person, frozen=True, kw_only=True, tag="pak"):
    """A personal API key."""

    pak_id: int
    organization: str | None = None
    """The organisation of developers that counts where a request names none; the personal one where None."""


class AccessToken(_Base, frozen=True, kw_only=True, tag="access_token"):
    """A token of ours, for a client itself or for an API resource."""

    sub: str
    client_id: str
    jti: str
    scopes: tuple[str, ...] = ()
    audience: str
    user_id: int | None = None
    role: Role | None = None
    identity_verified_level: int = 0
    via: Via = "bearer"


class Client(_Base, frozen=True, kw_only=True, tag="client"):
    """An application that showed its own credentials, HTTP Basic for instance."""

    client_id: str
    application_id: int
    status: str
    public: bool = False


Principal = Anonymous | Refused | Session | Pak | AccessToken | Client

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Principal] = msgspec.msgpack.Decoder(Principal)


def encode(principal: Principal) -> bytes:
    return _encoder.encode(principal)


def decode(frame: bytes) -> Principal:
    """Reads a principal; one of a kind that this release does not know is Refused, never trusted."""
    try:
        return _decoder.decode(frame)
    except msgspec.MsgspecError:
        return Refused(why="unknown")
