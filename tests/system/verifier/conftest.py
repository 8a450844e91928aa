"""A stack whose checks ask three perspectives, with hosts of a developer's own around it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.journey import developer as steps
from tests.system.journey.browser import Browser
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.stack import Stack, running
from tests.system.verifier.hosts import BY_DNS, BY_FILE, LAPSING, Hosts
from tests.system.verifier.places import place
from tests.verifier.zone import a_zone


@pytest.fixture(scope="module")
async def hosts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hosts]:
    one = Hosts(Path(tmp_path_factory.mktemp("hosts")))
    await one.start(BY_DNS, BY_FILE, LAPSING)
    yield one
    await one.stop()


@pytest.fixture(scope="module")
def platform(hosts: Hosts) -> Iterator[Stack]:
    with running({**hosts.settings, "LOGI_PERSPECTIVES": "main,eu,liar"}) as stack:
        yield stack


@pytest.fixture(scope="module")
async def places(hosts: Hosts, platform: Stack) -> AsyncIterator[None]:
    """`eu` sees what is there; `liar` looks by a name server that knows of nothing."""
    async with a_zone() as empty:
        lie = {**hosts.settings, "LOGI_OUTBOUND_NAMESERVERS": empty.address}
        async with place(platform, "eu", hosts.settings), place(platform, "liar", lie):
            yield


@pytest.fixture(scope="module")
async def developer(hosts: Hosts, platform: Stack) -> AsyncIterator[Journey]:
    """Signed up, signed in, with a key and a registered app."""
    async with httpx.AsyncClient(base_url=platform.issuer, timeout=60) as http:
        journey = Journey(http, Browser(http), Mailbox(platform.home / "mail"), hosts, Story(lambda _: None), BY_DNS)
        for step in (steps.sign_up, steps.verify_email, steps.sign_in, steps.make_key, steps.register):
            await step(journey)
        yield journey
