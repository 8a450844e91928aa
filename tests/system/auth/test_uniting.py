"""Two accounts become one over the whole platform: apps hear of it, tokens tell it, organisations follow."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.system.auth import parties
from tests.system.auth.conftest import Town
from tests.system.auth.test_leaving import let_in, until
from tests.system.conftest import HOST
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World


async def a_developer(town: Town, world: World, http: httpx.AsyncClient) -> Journey:
    journey = Journey(http, Browser(http), Mailbox(town.stack.home / "mail"), world, Story(lambda _: None), HOST)
    for step in (developer.sign_up, developer.verify_email, developer.sign_in, developer.make_key):
        await step(journey)
    return journey


@pytest.fixture
async def both(town: Town, world: World) -> AsyncIterator[tuple[Journey, Journey]]:
    """Two accounts of one person, in two browsers."""
    async with (
        httpx.AsyncClient(base_url=town.stack.issuer, timeout=30) as one,
        httpx.AsyncClient(base_url=town.stack.issuer, timeout=30) as other,
    ):
        yield await a_developer(town, world, one), await a_developer(town, world, other)


async def merge(stays: Journey, goes: Journey) -> None:
    """By the code that goes to the other mailbox."""
    await stays.browser.go("/account/merge")
    await stays.browser.submit("/account/merge/code", {"target_email": goes.email})
    found: list[str] = []

    async def mailed() -> bool:
        letter = await goes.mailbox.letter_to(goes.email)
        found[:] = re.findall(r"\b\d{6}\b", letter.subject)
        return bool(found)

    assert await until(mailed)
    page = await stays.browser.submit("/account/merge", {"otp_code": found[0], "understood": "yes"})
    assert f"{goes.email} is part of {stays.email}" in page.text


async def test_two_accounts_become_one(town: Town, both: tuple[Journey, Journey]) -> None:
    """The app that one had let in hears `user.merged` and knows the other by the same `sub`; its apps go over."""
    stays, goes = both
    used = (await town.given("uniting")).app
    own = await parties.confidential(goes.http, goes.with_key, "Handed over")
    await let_in(goes, used)
    number = (await goes.http.get("/api/v1/me", headers=goes.with_key)).json()["user"]["id"]
    await merge(stays, goes)
    assert 401 == (await goes.http.get("/api/v1/me", headers=goes.with_key)).status_code
    survivor = (await stays.http.get("/api/v1/me", headers=stays.with_key)).json()["user"]["id"]

    async def told() -> bool:
        auth = (used["client_id"], used["client_secret"])
        events = (await stays.http.get("/api/v1/events", auth=auth)).json()["events"]
        kinds = [(event["event_type"], event["data"].get("reason")) for event in events]
        if kinds != [("user.merged", None), ("token.revoked", "merge")]:
            return False
        data = events[0]["data"]
        assert re.fullmatch(r"[0-9a-f]{64}", data["idempotency_key"])
        return (str(survivor), str(number), "t3_otp") == (
            data["survivor_canonical_sub"],
            data["merged_canonical_sub"],
            data["merged_via"],
        )

    async def handed_over() -> bool:
        listed = (await stays.http.get("/api/v1/applications", headers=stays.with_key)).json()
        return own["client_id"] in {app["client_id"] for app in listed}

    assert await until(told)
    assert await until(handed_over)
    await let_in(stays, used)
    apps = (await stays.http.get("/api/v1/me/connected_apps", headers=stays.with_key)).json()
    assert [used["client_id"]] == [app["client_id"] for app in apps]
