"""An operator suspends an account: once the command has ended, no process and no gateway honours it."""

import asyncio
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.faults.platform import Platform
from tests.system.auths import Auth, two
from tests.system.conftest import HOST
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World
from tests.system.stack import ROOT, Stack

MANY = 200


@pytest.fixture(scope="module")
async def auths(open_stack: Stack) -> AsyncIterator[list[Auth]]:
    async with two(open_stack) as both:
        yield both


@pytest.fixture
async def person(open_stack: Stack, world: World) -> AsyncIterator[Journey]:
    """A developer of their own, with a session and a key."""
    async with httpx.AsyncClient(base_url=open_stack.issuer, timeout=30) as http:
        mailbox = Mailbox(open_stack.home / "mail")
        journey = Journey(http, Browser(http), mailbox, world, Story(lambda _: None), HOST)
        for step in (developer.sign_up, developer.verify_email, developer.sign_in, developer.make_key):
            await step(journey)
        yield journey


async def operator(stack: Stack, *words: str) -> str:
    """What `services.auth users …` says."""
    platform = Platform(stack)
    command = [sys.executable, "-m", "services.auth", "users", *words]
    run = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=platform.environment("auth"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await run.communicate()
    await platform.close()
    assert run.returncode == 0
    return said.decode().strip()


async def test_none_of_two_hundred_counts(person: Journey, open_stack: Stack, auths: list[Auth]) -> None:
    """Key and session, warm in the gateway's cache and over two auth processes; the key counts again afterwards."""
    session = dict(person.http.cookies)
    async with (
        httpx.AsyncClient(base_url=open_stack.issuer, timeout=30) as http,
        httpx.AsyncClient(base_url=open_stack.issuer, timeout=30, cookies=session) as browser,
    ):

        async def ask() -> int:
            return (await http.get("/api/v1/me", headers=person.with_key)).status_code

        async def look() -> int:
            return (await browser.get("/account")).status_code

        assert {200} == {await ask() for _ in range(10)} | {await look() for _ in range(10)}
        assert (await operator(open_stack, "suspend", person.email)).endswith("suspended")
        assert {401} == set(await asyncio.gather(*(ask() for _ in range(MANY))))
        assert {303} == set(await asyncio.gather(*(look() for _ in range(20))))
        assert (await operator(open_stack, "reactivate", person.email)).endswith("living")
        assert (200, 303) == (await ask(), await look())
    assert all(one.answered("/account") > 0 for one in auths)
