"""A stack with generous limits for tests that ask often, a second auth process beside the first, and its people."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest

from tests.faults.people import Person, person
from tests.system.auths import Auth, two
from tests.system.journey.browser import Browser, forms
from tests.system.journey.mail import Mailbox
from tests.system.journey.world import World
from tests.system.stack import ROOT, Stack, running

LIMITS = ROOT / "gateway" / "limits.json"


@pytest.fixture(scope="module")
def generous(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The load comes from one address, and limits are not what is tried here."""
    limits = json.loads(LIMITS.read_text())
    for policy in (policy for policies in limits.values() for policy in policies):
        policy["quota"] *= 1000
    file = tmp_path_factory.mktemp("limits") / "limits.json"
    file.write_text(json.dumps(limits))
    with running({**world.settings, "LOGI_LIMITS_FILE": str(file)}) as one:
        yield one


@pytest.fixture(scope="module")
async def auths(generous: Stack) -> AsyncIterator[list[Auth]]:
    async with two(generous) as both:
        yield both


@pytest.fixture(scope="module")
async def developer(generous: Stack, world: World) -> AsyncIterator[Person]:
    async with AsyncExitStack() as people:
        yield await people.enter_async_context(person(Mailbox(generous.home / "mail"), world, generous.issuer))


@dataclass
class Operator:
    """The operator in a browser, signed in a moment ago."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def post(self, path: str, body: dict[str, object]) -> httpx.Response:
        return await self.http.post(path, json=body, headers=self.headers)

    async def nonce(self, action: str, target: object) -> str:
        answer = await self.post("/api/v1/admin/action_requests", {"action": action, "target": str(target)})
        assert 201 == answer.status_code, answer.text
        found: str = answer.json()["nonce"]
        return found


@pytest.fixture(scope="module")
async def operator(generous: Stack) -> AsyncIterator[Operator]:
    async with httpx.AsyncClient(base_url=generous.issuer, timeout=60) as http:
        browser, known = Browser(http), generous.credentials
        await browser.go("/console/login")
        await browser.submit("password", {"email": known["operator_email"], "password": known["operator_password"]})
        page = await browser.go("/settings/api-keys")
        token = next(form.fields["csrf_token"] for form in forms(page) if "csrf_token" in form.fields)
        headers = {"origin": generous.issuer, "sec-fetch-site": "same-origin", "x-logi-csrf-token": token}
        yield Operator(http, headers)
