"""Builders for tests of OAuth: auth's own wiring on a database, applications as registry tells them, people."""

import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec

from chassis.clock import FrozenClock
from chassis.life import House
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.problems import NotFound
from chassis.service import EVENTS_MIGRATIONS
from chassis.settings import Secret
from contracts.applications import Application, RedirectUri, Verification
from contracts.ids import new_client_id
from services.auth import app as wiring
from services.auth import sessions
from services.auth.accounts import store as accounts
from services.auth.clients import store as clients
from services.auth.ground import Ground
from services.auth.keys import make
from services.auth.resources import seed
from services.auth.sessions.store import Place
from services.auth.settings import Settings
from tests.auth.gated import Gated
from tests.auth.people import ISSUER, NOON

SECRET = "logi_secret_" + "5" * 64
CALLBACK = "http://127.0.0.1:9999/callback"
RESOURCE = "https://default.logto.app/api"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()

SEEN: dict[tuple[int, int], Application] = {}
"""Which application which person may see, as registry would answer: (application, person)."""

_numbers = itertools.count(1)


def an_app(**changes: Any) -> Application:
    """A confidential web app in its sandbox, with one loopback redirect URI."""
    uri = RedirectUri(uri=CALLBACK, uri_class="dev_local", verification=Verification(status="not_applicable"))
    usual: dict[str, Any] = {
        "id": next(_numbers),
        "client_id": new_client_id(),
        "version": 1,
        "name": "Shop",
        "client_type": "confidential",
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": (uri,),
        "allowed_scopes": ("openid", "profile:basic", "email"),
        "status": "sandbox",
        "created_at": NOON,
        "updated_at": NOON,
        "secret_sha256": sha256(SECRET.encode()).hexdigest(),
    }
    public = {"token_endpoint_auth_method": "none", "secret_sha256": None}
    return Application(**{**usual, **(public if changes.get("client_type") == "public" else {}), **changes})


def a_machine(**changes: Any) -> Application:
    return an_app(**{"grant_types": ("client_credentials",), "redirect_uris": (), "status": "approved", **changes})


def changed(app: Application, **changes: Any) -> Application:
    """The same application one version later."""
    return msgspec.structs.replace(app, version=app.version + 1, **changes)


def asking(app: Application, **changes: str | None) -> dict[str, str]:
    """The parameters of a good authorization request; None leaves one out."""
    usual = {
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "st&te +ü",
        "nonce": "n-0S6_WzA2Mj",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def told(answer: httpx.Response) -> dict[str, str]:
    """What a redirect to the application says."""
    location = answer.headers["location"]
    assert location.startswith(f"{CALLBACK}?"), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))


class Auth:
    """One auth process; `World.process` makes several on one database."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.gate = Gated(ground)

    def browser(self) -> httpx.AsyncClient:
        """Follows no redirects, so that a test sees them."""
        transport = httpx.ASGITransport(app=self.gate, client=("192.0.2.7", 50000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ISSUER)

    async def token(self, form: dict[str, str], secret: str | None = SECRET, **headers: str) -> httpx.Response:
        """A token request by `client_secret_post`, or without a secret."""
        async with self.browser() as http:
            return await http.post(
                "/oauth/token", data=form | ({} if secret is None else {"client_secret": secret}), headers=headers
            )

    async def redeem(self, app: Application, code: str, **changes: str) -> httpx.Response:
        secret = SECRET if app.client_type == "confidential" else None
        form = {
            "grant_type": "authorization_code",
            "client_id": app.client_id,
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return await self.token(form | changes, secret)

    async def refresh(self, app: Application, token: str, **changes: str) -> httpx.Response:
        secret = SECRET if app.client_type == "confidential" else None
        form = {"grant_type": "refresh_token", "client_id": app.client_id, "refresh_token": token}
        return await self.token(form | changes, secret)

    async def post(self, path: str, app: Application, **form: str) -> httpx.Response:
        """A form of this client's, with its own way to authenticate."""
        secret = {"client_secret": SECRET} if app.client_type == "confidential" else {}
        async with self.browser() as http:
            return await http.post(path, data={"client_id": app.client_id, **secret, **form})

    async def userinfo(self, token: str) -> httpx.Response:
        async with self.browser() as http:
            return await http.get("/oauth/userinfo", headers={"authorization": f"Bearer {token}"})


class World(Auth):
    """A database with keys and the management resource, and the process that most tests speak to."""

    def __init__(self, ground: Ground, clock: FrozenClock) -> None:
        super().__init__(ground)
        self.clock, self.db = clock, ground.db

    def process(self) -> Auth:
        """Another process on the same database: it shares nothing else."""
        return Auth(_ground(self.db, self.clock))

    async def tell(self, app: Application) -> Application:
        """What registry says of an application reaches the copy."""
        await clients.upsert(self.db, app)
        return app

    async def person(self, email: str) -> accounts.Account:
        new = accounts.NewAccount(
            email=email, email_key=email, password_hash="-", role="user", identity_verified_level=1
        )
        async with self.db.transaction() as tx:
            account = await accounts.insert(tx, new, self.clock.now())
        assert account is not None
        return account

    async def sign_in(self, http: httpx.AsyncClient, account: accounts.Account) -> str:
        """Gives the browser a session; returns its CSRF token."""
        async with self.db.transaction() as tx:
            cookie, session = await sessions.begin(tx, account, ("pwd",), Place("192.0.2.7", "test"), self.clock.now())
        http.headers["cookie"] = f"logi_session={cookie}"
        return session.csrf_token

    async def sign_in_again(self, http: httpx.AsyncClient, account: accounts.Account) -> None:
        """In the same browser: the session that it came with is replaced."""
        old, now = http.headers["cookie"].partition("=")[2], self.clock.now()
        async with self.db.transaction() as tx:
            place = Place("192.0.2.7", "test")
            cookie, _ = await sessions.begin(tx, account, ("pwd",), place, now, replaces=old)
        http.headers["cookie"] = f"logi_session={cookie}"

    async def code(self, app: Application, account: accounts.Account, **changes: str) -> str:
        """A code, by the browser's whole way through the consent page."""
        async with self.browser() as http:
            csrf = await self.sign_in(http, account)
            answer = await http.get("/oauth/authorize", params=asking(app, **changes))
            if answer.status_code == 200:
                answer = await consent(http, answer.text, csrf)
            return told(answer)["code"]

    async def tokens(self, app: Application, account: accounts.Account, **changes: str) -> dict[str, Any]:
        answer = await self.redeem(app, await self.code(app, account, **changes))
        assert 200 == answer.status_code, answer.text
        return dict(answer.json())


async def consent(http: httpx.AsyncClient, page: str, csrf: str, decision: str = "allow") -> httpx.Response:
    """Presses a button of the consent page."""
    handle = page.split('name="request" value="')[1].split('"', maxsplit=1)[0]
    form = {"request": handle, "csrf_token": csrf, "decision": decision}
    return await http.post("/oauth/authorize/consent", data=form)


def _ground(db: Database, clock: FrozenClock) -> Ground:
    config = Settings(
        issuer=ISSUER,
        environment="local",
        nats_url="nats://localhost",
        health_port=1,
        postgres_url=Secret(db.url),
        key_encryption_keys=Secret("v1:" + "A" * 43 + "="),
        smtp_url=Secret("smtp://localhost:1"),
    )
    return wiring.ground_of(House("auth", config, clock), db, _nobody_else, _owns_nothing, _seen_by, _holds_nothing)


async def _nobody_else(_: str) -> None:
    """Registry knows no more than what it told."""


async def _seen_by(application_id: int, user_id: int) -> Application:
    found = SEEN.get((application_id, user_id))
    if found is None:
        raise NotFound
    return found


async def _holds_nothing(_: int, __: str | None) -> dict[str, list[dict[str, Any]]]:
    return {}


async def _owns_nothing(_: int) -> tuple[str, ...]:
    return ()


@asynccontextmanager
async def world(url: str) -> AsyncIterator[World]:
    await migrate(url, EVENTS_MIGRATIONS, wiring.MIGRATIONS)
    db, clock = Database(url, max_size=16), FrozenClock(NOON)
    await db.start()
    ground = _ground(db, clock)
    await make.as_needed(db, ground.vault, clock, ground.settings.signing_key_period)
    yield World(ground, clock)
    ground.passwords.stop()
    await db.stop()


async def with_management(world: World, app: Application) -> Application:
    """A machine that may use the management API."""
    async with world.db.transaction() as tx:
        await seed.management(tx, RESOURCE, app.client_id, world.clock.now())
    return await world.tell(app)
