"""Builders for tests of devices: the platform's app, a phone that begins an account, and a provider that it asks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from aiohttp import web as served
from joserfc import jwt
from joserfc.jwk import RSAKey

from chassis.clock import Clock
from chassis.outbound import Outbound, Policy
from contracts.applications import Application
from contracts.ids import APP_CLIENT_ID
from deploy.local.process import free_port
from services.auth.upstream import configure
from services.auth.upstream.providers import Providers
from tests.auth.rp import Auth, World, an_app

BOOTSTRAP = "/api/v1/auth/anonymous_bootstrap"
EXCHANGE = "/api/v1/me/device_keys/exchange"
IDENTITIES = "/api/v1/me/connected_identities"
SWAP = "/api/v1/me/anonymous_swap"
NONCE = "a nonce that the app made"
APP_AT_PROVIDER = "dev.logi.app"


def the_app(**changes: Any) -> Application:
    """The platform's own app, as registry's seed makes it."""
    usual = {"client_id": APP_CLIENT_ID, "name": "logi", "client_type": "public", "status": "approved"}
    return an_app(**{**usual, "first_party": True, **changes})


class Phone:
    """A device with what its app remembers."""

    def __init__(self, auth: Auth, device_id: UUID | None = None) -> None:
        self._auth, self.device_id = auth, device_id or uuid4()
        self.secret: str | None = None
        self.token = self.key = ""
        self.user_id = 0

    async def begin(self, **changes: Any) -> httpx.Response:
        """Asks for an account of nobody, or for its own again."""
        known = {} if self.secret is None else {"device_secret": self.secret}
        body = {"device_id": str(self.device_id), "device_platform": "ios", **known, **changes}
        answer = await self.post(BOOTSTRAP, body, None)
        if answer.status_code == 200:
            said = answer.json()
            self.token, self.user_id = said["access_token"], said["user"]["id"]
            self.secret = said.get("device_secret", self.secret)
        return answer

    async def exchange(self, token: str | None = None, **changes: Any) -> httpx.Response:
        """Turns the access token into the device's key."""
        known = {} if self.secret is None else {"device_secret": self.secret}
        body = {"device_uuid": str(self.device_id), "platform": "ios", **known, **changes}
        answer = await self.post(EXCHANGE, body, token or self.token)
        if answer.status_code == 200:
            self.key, self.secret = answer.json()["access_token"], answer.json().get("device_secret", self.secret)
        return answer

    async def attach(self, identity_token: str, credential: str | None = None) -> httpx.Response:
        return await self.post(IDENTITIES, shown(identity_token), credential or self.token)

    async def swap(self, identity_token: str, **changes: Any) -> httpx.Response:
        return await self.post(SWAP, {**shown(identity_token), "merge_options": {}, **changes}, self.token)

    async def post(self, path: str, body: dict[str, Any], credential: str | None) -> httpx.Response:
        headers = {} if credential is None else {"authorization": f"Bearer {credential}"}
        async with self._auth.browser() as http:
            return await http.post(path, json=body, headers=headers)

    async def get(self, path: str, credential: str) -> httpx.Response:
        async with self._auth.browser() as http:
            return await http.get(path, headers={"authorization": f"Bearer {credential}"})


async def a_phone(world: World) -> Phone:
    """With an anonymous account and a key."""
    phone = Phone(world)
    assert 200 == (await phone.begin()).status_code
    assert 200 == (await phone.exchange()).status_code
    return phone


def shown(identity_token: str) -> dict[str, Any]:
    return {"provider": "apple", "identity_token": identity_token, "raw_nonce": NONCE}


class Provider:
    """A provider on loopback: discovery, keys, and tokens for whom it is told to vouch."""

    def __init__(self, issuer: str, clock: Clock) -> None:
        self.issuer, self._clock = issuer, clock
        self._key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})

    def vouch(self, subject: str, **changes: Any) -> str:
        """An ID token for the app on the device; None leaves a claim out."""
        now = int(self._clock.now().timestamp())
        usual = {
            "iss": self.issuer,
            "sub": subject,
            "aud": APP_AT_PROVIDER,
            "iat": now,
            "exp": now + 600,
            "nonce": sha256(NONCE.encode()).hexdigest(),
        }
        claims = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self._key)

    def application(self) -> served.Application:
        app = served.Application()
        app.router.add_get("/.well-known/openid-configuration", self._metadata)
        app.router.add_get("/jwks", self._keys)
        return app

    async def _metadata(self, _: served.Request) -> served.Response:
        endpoints = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
        return served.json_response({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **endpoints})

    async def _keys(self, _: served.Request) -> served.Response:
        return served.json_response({"keys": [self._key.as_dict(private=False)]})


@asynccontextmanager
async def vouching(clock: Clock) -> AsyncIterator[Provider]:
    """A provider that listens on loopback."""
    made = Provider(f"http://127.0.0.1:{free_port()}", clock)
    runner = served.AppRunner(made.application())
    await runner.setup()
    await served.TCPSite(runner, "127.0.0.1", int(made.issuer.rpartition(":")[2])).start()
    try:
        yield made
    finally:
        await runner.cleanup()


def connector(at: Provider) -> bytes:
    """What an operator says to set the provider up as `apple`."""
    settings = {"issuer": at.issuer, "email_trust": "always", "native_client_ids": [APP_AT_PROVIDER]}
    return json.dumps({"client_id": "logi-web", "secret": "-", "preset": "oidc", "settings": settings}).encode()


@asynccontextmanager
async def provider(world: World) -> AsyncIterator[tuple[Auth, Provider]]:
    """Auth that may reach loopback, and a provider there which the operator has set up."""
    async with vouching(world.clock) as made:
        outbound = Outbound(Policy(http_loopback=True))
        ground = msgspec.structs.replace(world.ground, outbound=outbound, providers=Providers())
        await configure.connector(ground.db, ground.vault, ground.clock, "apple", connector(made))
        yield Auth(ground), made
        await outbound.stop()
