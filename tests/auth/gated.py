"""What the gateway does before a request reaches auth: it asks whose credential this is, unless the route's own."""

from functools import partial
from typing import Any

from chassis.wire.asgi import directly
from contracts import principal
from contracts.questions.auth import PrincipalOf
from services.auth import app as wiring
from services.auth import sessions
from services.auth.clients import basic
from services.auth.dpop import present
from services.auth.ground import Ground
from services.auth.principals.resolve import Resolver

OWN = ("/oauth/", "/oidc/", "/.well-known/", "/api/v1/oauth/userinfo")
"""Where the credential is the service's own business."""


class Gated:
    """Auth's own app behind one resolver, as an ASGI app."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._app: Any = wiring.crossing(wiring.litestar_app(ground, ground.issuer), ground.db)
        self.resolver = Resolver(
            ground.db, ground.clock, partial(present.access_token, ground), partial(basic.client, ground.db)
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        caller = b"" if scope["path"].startswith(OWN) else await self._caller(scope)
        await directly(self._app, caller)(scope, receive, send)

    async def _caller(self, scope: Any) -> bytes:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        cookies = dict(pair.split("=", 1) for pair in headers.get("cookie", "").split("; ") if "=" in pair)
        session = cookies.get(sessions.cookie_name(self._ground.issuer))
        question = PrincipalOf(
            authorization=headers.get("authorization"),
            session=session,
            dpop=headers.get("dpop"),
            method=scope["method"],
            url=self._ground.issuer + scope["path"],
        )
        return principal.encode(await self.resolver.of(question))
