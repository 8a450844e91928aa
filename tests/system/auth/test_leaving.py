"""An account's end over the whole platform: every service does its part, and takes it back as far as it goes."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.system.auth import parties
from tests.system.auth.conftest import Town
from tests.system.auth.visitor import Visitor
from tests.system.conftest import HOST
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World

VERIFIER = "v" * 43


@pytest.fixture
async def leaver(town: Town, world: World) -> AsyncIterator[Journey]:
    """Another developer, who will go."""
    async with httpx.AsyncClient(base_url=town.stack.issuer, timeout=30) as http:
        mailbox = Mailbox(town.stack.home / "mail")
        journey = Journey(http, Browser(http), mailbox, world, Story(lambda _: None), HOST)
        for step in (developer.sign_up, developer.verify_email, developer.sign_in, developer.make_key):
            await step(journey)
        yield journey


async def let_in(leaver: Journey, app: dict[str, str]) -> None:
    """The leaver signs in to somebody's app, which redeems its code."""
    challenge = base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    wanted = {
        "client_id": app["client_id"],
        "redirect_uri": parties.CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "s" * 32,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    visitor = Visitor(leaver.browser, leaver.email, leaver.password)
    address = await visitor.visit(f"/oauth/authorize?{urlencode(wanted)}")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(address).query)["code"][0],
        "redirect_uri": parties.CALLBACK,
        "code_verifier": VERIFIER,
    }
    answer = await leaver.http.post("/oauth/token", data=form, auth=(app["client_id"], app["client_secret"]))
    assert 200 == answer.status_code, answer.text


async def until(holds: Callable[[], Awaitable[bool]]) -> bool:
    """Events take a moment from service to service."""
    for _ in range(150):
        if await holds():
            return True
        await asyncio.sleep(0.1)
    return False


async def test_who_leaves_is_gone_everywhere_and_can_come_back(town: Town, leaver: Journey) -> None:
    """The apps they used are told in order, their own app serves nobody; after the answer it waits in the trash."""
    used = (await town.given("leaving")).app
    own = await parties.confidential(leaver.http, leaver.with_key, "Left behind")
    await let_in(leaver, used)
    await leaver.browser.go("/account/delete")
    page = await leaver.browser.submit("/account/delete", {"understood": "yes"})
    assert "/session/closed" == urlsplit(str(page.url)).path
    assert 401 == (await leaver.http.get("/api/v1/me", headers=leaver.with_key)).status_code

    async def told() -> bool:
        auth = (used["client_id"], used["client_secret"])
        events = (await leaver.http.get("/api/v1/events", auth=auth)).json()["events"]
        return ["consent.revoked", "token.revoked", "user.deleted"] == [event["event_type"] for event in events]

    async def unserved() -> bool:
        answer = await leaver.http.get("/oauth/authorize", params={"client_id": own["client_id"]})
        return answer.status_code == 400 and "invalid_client" in answer.text

    assert await until(told)
    assert await until(unserved)
    await leaver.browser.go("/session/new")
    page = await leaver.browser.submit("password", {"email": leaver.email, "password": leaver.password})
    assert "/session/closed" == urlsplit(str(page.url)).path
    await leaver.browser.submit("offer", {})
    page = await leaver.browser.submit("password", {"email": leaver.email, "password": leaver.password})
    assert "/account/security" == urlsplit(str(page.url)).path
    copy = (await leaver.browser.go("/account/export")).json()
    assert [own["client_id"]] == [app["client_id"] for app in copy["registry"]["applications"]]
    trash = await leaver.http.get("/api/v1/applications/trash", headers=leaver.with_key)
    assert [own["client_id"]] == [app["client_id"] for app in trash.json()]
