"""Builders for tests of accounts: the app as it stands behind a gateway, browsers, people."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar.di import Provide
from nats.aio.client import Client as Nats

from chassis import events, migrate, web
from chassis.clock import FrozenClock
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.problems import NotFound
from chassis.settings import Secret
from chassis.vault import Vault
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals
from chassis.wire.asgi import directly
from chassis.wire.call import Caller
from chassis.wire.frames import Request
from chassis.wire.serve import Pool, Served
from contracts import principal
from contracts.applications import Application
from contracts.principal import Client, Pak, Refused
from contracts.questions.auth import PrincipalOf
from services.auth import sessions
from services.auth.accounts import seed, store
from services.auth.accounts.routes import ROUTES, TEMPLATES
from services.auth.api_keys import make
from services.auth.clients.assertion import Assertions
from services.auth.clients.key_sets import KeySets
from services.auth.clients.known import Clients
from services.auth.ground import Ground
from services.auth.keys.ring import Ring
from services.auth.letterbox import clerk
from services.auth.principals.resolve import Resolver
from services.auth.settings import Settings
from services.auth.together import Together
from services.auth.tokens.endings import Endings

ISSUER = "http://localhost:8000"
NOON = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
MIGRATIONS = Path(events.__path__[0]) / "migrations", Path(seed.__file__).parents[1] / "migrations"


Carry = Callable[[Any, bytes, Any, Any, Any], Awaitable[None]]
"""How a request gets from the gateway to the app: `carry(app, principal, scope, receive, send)`."""


async def in_hand(app: Any, caller: bytes, scope: Any, receive: Any, send: Any) -> None:
    """The app is called directly."""
    await directly(app, caller)(scope, receive, send)


class OverNats:
    """The app answers frames on a real NATS, as in production."""

    def __init__(self, nc: Nats) -> None:
        self._nc, self._caller = nc, Caller(nc)
        self._served: Served | None = None

    async def __call__(self, app: Any, caller: bytes, scope: Any, receive: Any, send: Any) -> None:
        if self._served is None:
            self._served = await Served(self._nc, "auth", app, [Pool("web")]).start()
            await self._caller.start()
        body = b""
        while (message := await receive()).get("more_body") or message.get("body"):
            body += message["body"]
            if not message.get("more_body"):
                break
        request = Request(
            method=scope["method"],
            path=scope["raw_path"],
            query=scope["query_string"],
            headers=[(bytes(name), bytes(value)) for name, value in scope["headers"]],
            client=scope["client"][0],
            scheme=scope["scheme"],
            host="localhost:8000",
            principal=caller,
            budget_ms=10_000,
            body=body,
        )
        reply = await self._caller.exchange("auth", "web", request)
        await send({"type": "http.response.start", "status": reply.status, "headers": list(reply.headers)})
        await send({"type": "http.response.body", "body": reply.body})

    async def stop(self) -> None:
        await self._caller.stop()
        if self._served is not None:
            await self._served.drain(0)


class Owned(dict[int, tuple[str, ...]]):
    """What registry says of organisations that would lose their last owner; of nobody, unless a test says so."""

    async def __call__(self, user_id: int) -> tuple[str, ...]:
        return self.get(user_id, ())


class People:
    """One auth process with a clock that stands still, and everything a test asks of it."""

    def __init__(self, ground: Ground, clock: FrozenClock, carry: Carry, owned: "Owned") -> None:
        self.ground, self.clock, self._carry, self.owned = ground, clock, carry, owned
        self.working = True
        """Whether the letterbox is worked on after each request."""
        pages = Pages(ground.issuer, TEMPLATES, ground.settings.console_origin)
        self._app: Any = web.application(
            "auth",
            ROUTES,
            Refusals(ground.issuer, ProblemPage(pages, "/session/new", "/console")),
            state={},
            dependencies={
                "ground": Provide(lambda: ground, sync_to_thread=False),
                "pages": Provide(lambda: pages, sync_to_thread=False),
            },
        )
        self.resolver = Resolver(ground.db, clock, _no_token, _no_client)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """What the gateway does before it sends a request on: it asks whose credential this is."""
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        cookies = dict(pair.split("=", 1) for pair in headers.get("cookie", "").split("; ") if "=" in pair)
        name = sessions.cookie_name(self.ground.issuer)
        question = PrincipalOf(authorization=headers.get("authorization"), session=cookies.get(name))
        caller = principal.encode(await self.resolver.of(question))
        await self._carry(self._app, caller, scope, receive, send)
        if self.working:
            await clerk.once(self.ground)

    def browser(self, ip: str = "192.0.2.7", **headers: str) -> httpx.AsyncClient:
        """A browser of its own; follows no redirects, so that a test sees them."""
        transport = httpx.ASGITransport(app=self, client=(ip, 50000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=self.ground.issuer, headers=headers)

    async def letters(self, recipient: str) -> list[tuple[str, str]]:
        """Kind and link of the mails that wait for an address, the oldest first."""
        rows = await self.ground.db.fetch(
            "select key, kind, sealed from mail_outbox where recipient = $1 order by id", recipient
        )
        vault = self.ground.vault
        return [(row["kind"], vault.open(row["sealed"], f"mail/{row['key']}").decode()) for row in rows]

    async def announced(self, tag: str) -> list[Any]:
        rows = await self.ground.db.fetch("select payload from outbox where tag = $1 order by id", tag)
        return [msgspec.json.decode(row["payload"]) for row in rows]

    async def developer(self, email: str, password: str = PASSWORD) -> store.Account:
        """An account with a proved address."""
        new = store.NewAccount(
            email=email,
            email_key=email,
            password_hash=await self.ground.passwords.hash(password),
            role="developer",
            identity_verified_level=1,
        )
        async with self.ground.db.transaction() as tx:
            account = await store.insert(tx, new, self.clock.now())
        assert account is not None
        return account

    @asynccontextmanager
    async def signed_in(self, email: str, ip: str = "192.0.2.7") -> AsyncIterator[httpx.AsyncClient]:
        """A browser that went through the sign-in page."""
        async with self.browser(ip) as browser:
            answer = await sign_in(browser, email)
            assert 303 == answer.status_code, answer.text
            yield browser


async def _held_by_registry(user_id: int, email: str | None) -> dict[str, list[dict[str, Any]]]:
    """What registry would say of a developer who has made nothing yet, and was invited once."""
    invited = [] if email is None else [{"slug": "acme", "email": email, "role": "member"}]
    return {"memberships": [{"slug": f"personal-{user_id}", "role": "owner"}], "invitations": invited}


async def _seen_by(_: int, __: int) -> Application:
    raise NotFound


@asynccontextmanager
async def people(
    url: str, issuer: str = ISSUER, carry: Carry = in_hand, console_origin: str = ""
) -> AsyncIterator[People]:
    await migrate.migrate(url, *MIGRATIONS)
    db, clock = Database(url, max_size=8), FrozenClock(NOON)
    await db.start()
    key = "v1:" + "A" * 43 + "="
    vault = Vault.from_setting(Secret(key))
    config = Settings(
        issuer=issuer,
        console_origin=console_origin,
        environment="local",
        nats_url="nats://localhost",
        health_port=1,
        postgres_url=Secret(url),
        key_encryption_keys=Secret(key),
        smtp_url=Secret("smtp://localhost:1"),
    )
    outbound, owned = Outbound(Policy()), Owned()
    ground = Ground(
        settings=config,
        clock=clock,
        db=db,
        vault=vault,
        clients=Clients(db, _nobody, Assertions(db, clock, issuer, KeySets(outbound, clock))),
        outbound=outbound,
        solely_owned=owned,
        held_by_registry=_held_by_registry,
        seen_by=_seen_by,
        ring=Ring(db, vault, clock),
        machines=Together(_nothing),
        endings=Endings(db),
    )
    yield People(ground, clock, carry, owned)
    ground.passwords.stop()
    await db.stop()


async def csrf(browser: httpx.AsyncClient, path: str) -> str:
    """The token of the first form on a page."""
    page = await browser.get(path)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def sign_in(browser: httpx.AsyncClient, email: str, password: str = PASSWORD, return_to: str = "") -> Any:
    token = await csrf(browser, "/session/new?again=1")
    form = {"email": email, "password": password, "return_to": return_to, "csrf_token": token}
    return await browser.post("/session", data=form)


async def sign_up(browser: httpx.AsyncClient, email: str, password: str = PASSWORD) -> httpx.Response:
    form = {"email": email, "password": password, "csrf_token": await csrf(browser, "/console/signup")}
    return await browser.post("/console/signup", data=form)


async def a_key(house: People, user_id: int, *scopes: str) -> str:
    """The plain text of a personal API key."""
    caller = Pak(
        user_id=user_id, sub=str(user_id), role="developer", identity_verified_level=1, pak_id=0, scopes=scopes
    )
    return (await make.create(house.ground, caller, make.KeyRequest(name="A key", scopes=scopes))).plain


def bearer(plain: str) -> dict[str, str]:
    return {"authorization": f"Bearer {plain}"}


async def _nobody(_: str) -> None:
    return None


async def _nothing(_: Any) -> list[Any]:
    return []


async def _no_token(_: str, __: PrincipalOf) -> Refused:
    return Refused(why="unknown")


async def _no_client(client_id: str, secret: str) -> Client | Refused:
    if secret != "s3cret":
        return Refused(why="wrong_secret", via="basic")
    return Client(client_id=client_id, application_id=1, status="approved")
