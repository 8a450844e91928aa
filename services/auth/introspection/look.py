"""What an asker may know of a token: its own, or one for a resource that it serves; anything else is not active."""

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from chassis.postgres import Row
from contracts.applications import Application
from contracts.principal import Refused
from services.auth.clients import authenticate
from services.auth.clients.authenticate import InvalidClient, Shown
from services.auth.ground import Ground
from services.auth.tokens import families, mint, verify


class Introspection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 7662 section 2.2; times in seconds since 1970."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    sub: str | None = None
    aud: str | None = None
    iss: str | None = None
    exp: int | None = None
    iat: int | None = None
    jti: str | None = None
    token_type: str | None = None
    cnf: dict[str, str] | None = None
    act: dict[str, str] | None = None
    auth_time: int | None = None
    """When the person signed in (RFC 9470 section 6.2), where one did."""
    acr: str | None = None
    amr: tuple[str, ...] | None = None


INACTIVE = Introspection(active=False)


class _Found(msgspec.Struct, frozen=True):
    told: Introspection
    version: int | None
    """The version of the asker's record, read in the same statement as the token."""


async def look(ground: Ground, credentials: Shown, token: str) -> Introspection:
    """Raises InvalidClient, UnauthorizedClient: by the record of this moment, though mostly one statement is asked."""
    app = _confidential(await authenticate.client(ground.clients, credentials))
    found = await (_access(ground, app, token) if token.count(".") == 2 else _refresh(ground, app, token))
    if found.version != app.version:
        _confidential(await authenticate.current(ground.clients, credentials))
    return found.told


def _confidential(app: Application) -> Application:
    if app.client_type == "public":
        raise InvalidClient("Introspection is for clients that can authenticate.")
    return app


async def _access(ground: Ground, app: Application, token: str) -> _Found:
    good = await verify.look(ground, token, app.client_id)
    if isinstance(good, Refused):
        return _Found(INACTIVE, None)
    claims, version = good.claims, good.row["asker_version"]
    if claims.client != app.client_id and not good.row["asker_serves"]:
        return _Found(INACTIVE, version)
    told = Introspection(
        active=True,
        scope=claims.scope,
        client_id=claims.client,
        sub=claims.sub,
        aud=claims.aud,
        iss=claims.iss,
        exp=claims.exp,
        iat=claims.iat,
        jti=str(claims.jti),
        token_type="DPoP" if claims.cnf else "Bearer",
        cnf=claims.cnf,
        act=claims.act,
        **_sign_in(good.row),
    )
    return _Found(told, version)


def _sign_in(row: Row) -> dict[str, Any]:
    """How the person behind a token has signed in; nothing for a machine, and where a key stood for the person."""
    if not row["methods"]:
        return {}
    methods = tuple(row["methods"])
    return {"auth_time": _seconds(row["authenticated_at"]), "acr": mint.acr(methods), "amr": methods}


async def _refresh(ground: Ground, app: Application, token: str) -> _Found:
    """A retired refresh token is not active; that somebody asks about it is no use of it."""
    digest = sha256(token.encode(errors="surrogatepass")).digest()
    row = await families.living(ground.db, digest, app.client_id, ground.clock.now())
    if row is None:
        return _Found(INACTIVE, None)
    told = Introspection(
        active=True,
        scope=" ".join(row["scopes"]),
        client_id=app.client_id,
        sub=row["sub"],
        aud=app.client_id,
        iss=ground.issuer,
        exp=_seconds(row["expires_at"]),
        iat=_seconds(row["created_at"]),
    )
    return _Found(told, row["client_version"])


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
