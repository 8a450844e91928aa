"""A provider that says whatever a test tells it to: a real socket on loopback, with real keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from services.auth.keys import material


def unsigned(claims: dict[str, Any]) -> str:
    head = material.encoded(msgspec.json.encode({"alg": "none"}))
    return f"{head}.{material.encoded(msgspec.json.encode(claims))}."


@dataclass
class Hostile:
    """The next ID token has these claims over the right ones; `sealed` makes the token another way."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    body: bytes | None = None
    seal: Any = None
    nonce: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    key: Any = field(default_factory=lambda: material.new("ES256"))
    other_key: Any = field(default_factory=lambda: material.new("ES256"))

    def reset(self) -> None:
        self.claims, self.head, self.document, self.body, self.seal = {}, {}, {}, None, None

    def jws(self, claims: dict[str, Any], key: Any) -> str:
        head = {"alg": "ES256", "kid": material.public_jwk(self.key)["kid"], **self.head}
        text = f"{material.encoded(msgspec.json.encode(head))}.{material.encoded(msgspec.json.encode(claims))}"
        return f"{text}.{material.encoded(material.sign(key, text.encode()))}"

    async def metadata(self, _: web.Request) -> web.Response:
        named = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", "token_endpoint": f"{self.issuer}/token"}
        return web.json_response({**named, "authorization_endpoint": f"{self.issuer}/auth", **self.document})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [material.public_jwk(self.key)]})

    async def token(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        if self.body is not None:
            return web.Response(body=self.body, content_type="application/json")
        now = int(datetime.now(UTC).timestamp())
        right = {"iss": self.issuer, "sub": "h-1", "aud": "logi", "exp": now + 300, "iat": now, "nonce": self.nonce}
        claims = {name: value for name, value in {**right, **self.claims}.items() if value is not None}
        token = self.seal(claims) if self.seal else self.jws(claims, self.key)
        return web.json_response({"access_token": "a", "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def listening() -> AsyncIterator[Hostile]:
    hostile, application = Hostile(), web.Application()
    application.router.add_get("/.well-known/openid-configuration", hostile.metadata)
    application.router.add_get("/jwks", hostile.keys)
    application.router.add_post("/token", hostile.token)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hostile.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield hostile
    await runner.cleanup()
