"""A developer with apps, and a person who signs in to them, on the stack that all system tests share."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.system.auth import parties
from tests.system.auth.parties import Given
from tests.system.auth.visitor import Visitor
from tests.system.conftest import HOST
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World
from tests.system.stack import Stack, generous, running


@dataclass
class Town:
    """The platform with a developer in it."""

    stack: Stack
    journey: Journey

    async def given(self, name: str) -> Given:
        """Apps of their own for one relying party."""
        http, seeded = self.journey.http, self.stack.credentials
        return Given(
            issuer=self.stack.issuer,
            app=await parties.confidential(http, self.journey.with_key, f"{name} shop"),
            open=await parties.public(http, f"{name} open"),
            machine={
                "client_id": seeded["management_client_id"],
                "client_secret": seeded["management_client_secret"],
            },
            resource=seeded["management_resource"],
            email=self.journey.email,
        )


@pytest.fixture(scope="session")
async def town(stack: Stack, world: World) -> AsyncIterator[Town]:
    async with httpx.AsyncClient(base_url=stack.issuer, timeout=30) as http:
        mailbox = Mailbox(stack.home / "mail")
        journey = Journey(http, Browser(http), mailbox, world, Story(lambda _: None), HOST)
        for step in (developer.sign_up, developer.verify_email, developer.sign_in, developer.make_key):
            await step(journey)
        http.cookies.clear()
        yield Town(stack, journey)


@pytest.fixture
async def visitor(town: Town) -> AsyncIterator[Visitor]:
    """The developer as a person, in a browser that nobody has used."""
    async with httpx.AsyncClient(base_url=town.stack.issuer, timeout=30) as http:
        yield Visitor(Browser(http), town.journey.email, town.journey.password)


@pytest.fixture(scope="module")
def open_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One whose limits refuse nobody: a fuzz against 429 would show nothing."""
    with running(generous(tmp_path_factory.mktemp("limits"))) as one:
        yield one
