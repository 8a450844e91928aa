"""Builders for tests of DPoP: keys, proofs made by an independent library, requests with them."""

import base64
import itertools
import json
import warnings
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from contracts.applications import Application
from services.auth.dpop import nonce
from tests.auth.rp import CALLBACK, SECRET, VERIFIER, Auth, World

TOKEN_URL = "http://localhost:8000/oauth/token"
USERINFO_URL = "http://localhost:8000/oauth/userinfo"

_numbers = itertools.count(1)


def an_ec_key() -> ECKey:
    return ECKey.generate_key("P-256", private=True)


def proof(key: Any, now: datetime, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good proof for the token endpoint; None leaves a claim out."""
    alg = {ECKey: "ES256", RSAKey: "RS256", OKPKey: "EdDSA"}[type(key)]
    usual = {"jti": f"p{next(_numbers)}", "htm": "POST", "htu": TOKEN_URL, "iat": int(now.timestamp())}
    body = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    head = {"typ": "dpop+jwt", "alg": alg, "jwk": key.as_dict(private=False), **(header or {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library would rather have EdDSA called Ed25519
        return jwt.encode(head, body, key, algorithms=[alg])


def ath(token: str) -> str:
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()


def claims(token: str) -> dict[str, Any]:
    """What a JWT says, unverified."""
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


class Holder:
    """A client that holds a key."""

    def __init__(self, world: World, app: Application, key: Any = None) -> None:
        self.world, self.app, self.key = world, app, key or an_ec_key()

    def proof(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        now = self.world.clock.now()
        return proof(self.key, now, header, **{"nonce": nonce.new(self.world.ground.vault, now), **claims})

    async def token(self, shown: str | None = None, auth: Auth | None = None, **form: str) -> httpx.Response:
        secret = SECRET if self.app.client_type == "confidential" else None
        sent = {"client_id": self.app.client_id, **form}
        return await (auth or self.world).token(sent, secret, dpop=shown or self.proof())

    async def redeem(self, code: str, shown: str | None = None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return await self.token(shown, **form)

    async def refresh(self, token: str, shown: str | None = None) -> httpx.Response:
        return await self.token(shown, grant_type="refresh_token", refresh_token=token)

    async def userinfo(self, token: str, shown: str | None = None, scheme: str = "DPoP") -> httpx.Response:
        made = shown or self.proof(htm="GET", htu=USERINFO_URL, ath=ath(token))
        async with self.world.browser() as http:
            return await http.get("/oauth/userinfo", headers={"authorization": f"{scheme} {token}", "dpop": made})
