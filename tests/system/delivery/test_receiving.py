"""A receiver on a running platform: its token, its streams through the gateway, the letters when it is broken."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest

from tests.delivery.receiver import Receiver
from tests.faults.ledger import App
from tests.faults.people import registration
from tests.faults.platform import Platform
from tests.system.journey.mail import Mailbox
from tests.system.journey.world import World
from tests.system.stack import Stack

VERIFICATION = "https://schemas.openid.net/secevent/ssf/event-type/verification"


@dataclass
class Owner:
    """The operator, with an app of their own."""

    http: httpx.AsyncClient
    mailbox: Mailbox
    email: str
    app: App
    name: str

    @property
    def as_client(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(self.app.client_id, self.app.secret or "")

    async def ask(self, method: str, action: str = "", body: object = None) -> httpx.Response:
        """On the app, with the operator's key."""
        return await self.http.request(method, f"/api/v1/applications/{self.app.id}{action}", json=body)

    async def letter(self, about: str) -> str:
        """The newest letter with these words in its subject, after the app's name."""
        return (await self.mailbox.letter_to(self.email, 20, about=f"{self.name}: {about}")).text


@pytest.fixture
async def owner(stack: Stack, world: World) -> AsyncIterator[Owner]:
    headers = {"authorization": f"Bearer {stack.credentials['operator_pak']}"}
    async with httpx.AsyncClient(base_url=stack.issuer, timeout=30, headers=headers) as http:
        name = f"Notes {secrets.token_hex(4)}"
        made = await http.post("/api/v1/applications", json=registration(name, world))
        assert 201 == made.status_code, made.text
        app = App.of(made.json())
        yield Owner(http, Mailbox(stack.home / "mail"), stack.credentials["operator_email"], app, name)


@pytest.fixture
async def broken() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


async def a_token(owner: Owner, scope: str) -> str:
    """By client_credentials, for the resource that the platform's metadata makes known."""
    metadata = (await owner.http.get("/.well-known/ssf-configuration")).json()
    form = {"grant_type": "client_credentials", "resource": f"{metadata['issuer']}/ssf", "scope": scope}
    answer = await owner.http.post("/oauth/token", data=form, auth=owner.as_client)
    assert 200 == answer.status_code, answer.text
    assert scope == answer.json()["scope"]
    token: str = answer.json()["access_token"]
    return token


async def test_a_receiver_with_a_token_of_its_own(owner: Owner) -> None:
    """It gets its token, makes a stream within its scopes, and hears in verified tokens what it waits for."""
    manage = {"authorization": f"Bearer {await a_token(owner, 'ssf.manage')}"}
    read = {"authorization": f"Bearer {await a_token(owner, 'ssf.read')}"}
    metadata = (await owner.http.get("/.well-known/ssf-configuration")).json()
    refused = await owner.http.post(metadata["configuration_endpoint"], json={}, headers=read)
    assert (403, "insufficient_scope") == (refused.status_code, refused.json()["error"])
    made = await owner.http.post(metadata["configuration_endpoint"], json={}, headers=manage)
    assert 201 == made.status_code, made.text
    stream = made.json()
    waiting = asyncio.create_task(_polled(owner, stream, read))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    body = {"stream_id": stream["stream_id"], "state": "abc"}
    assert 204 == (await owner.http.post(metadata["verification_endpoint"], json=body, headers=manage)).status_code
    sets = await waiting
    keys = jwt.PyJWKSet.from_dict((await owner.http.get(metadata["jwks_uri"])).json())
    for token in sets.values():
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in keys.keys if key.key_id == kid)
        claims = jwt.decode(
            token, key.key, algorithms=["RS256"], audience=owner.app.client_id, issuer=metadata["issuer"]
        )
        assert {VERIFICATION: {"state": "abc"}} == claims["events"]
    body = {"returnImmediately": True, "ack": list(sets)}
    after = await owner.http.post(stream["delivery"]["endpoint_url"], json=body, headers=read)
    assert {} == after.json()["sets"]


async def test_the_owner_of_an_endpoint_that_is_gone_gets_a_letter(owner: Owner, broken: Receiver) -> None:
    """410 switches the endpoint off; its owner reads of it, enables it, and the next webhook arrives."""
    broken.answers = [410]
    await _points_to(owner, broken)
    await _tested(owner)
    page = f"/developer/applications/{owner.app.id}/webhooks"
    assert page in await owner.letter("webhooks to 127.0.0.1 are switched off")
    refused = await owner.ask("POST", "/webhook_test")
    assert (409, "endpoint_disabled") == (refused.status_code, refused.json()["error"])
    assert {"enabled": True} == (await owner.ask("POST", "/webhook_enable")).json()
    await _tested(owner)
    await broken.wait_for(2)


async def test_the_owner_of_an_endpoint_that_only_fails_gets_letters(
    owner: Owner, broken: Receiver, stack: Stack
) -> None:
    """One when webhooks begin to die, one when after five days of failures the endpoint is switched off."""
    broken.answers = [500, 500]
    await _points_to(owner, broken)
    await _tested(owner)
    assert await owner.letter("webhooks to 127.0.0.1 are given up")
    platform = Platform(stack)
    try:
        await platform.rows(
            "delivery",
            "update lanes set failing_since = failing_since - interval '5 days' where client_id = $1",
            owner.app.client_id,
        )
    finally:
        await platform.close()
    await _tested(owner)
    await broken.wait_for(2)
    assert await owner.letter("webhooks to 127.0.0.1 are switched off")


async def _points_to(owner: Owner, receiver: Receiver) -> None:
    answer = await owner.ask("PATCH", "", {"application": {"webhook_url": receiver.url}})
    assert 200 == answer.status_code, answer.text


async def _tested(owner: Owner) -> None:
    answer = await owner.ask("POST", "/webhook_test")
    assert 202 == answer.status_code, answer.text


async def _polled(owner: Owner, stream: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """What a long poll answers; it waits for the first token."""
    answer = await owner.http.post(stream["delivery"]["endpoint_url"], json={"maxEvents": 10}, headers=headers)
    assert 200 == answer.status_code, answer.text
    sets: dict[str, str] = answer.json()["sets"]
    assert sets
    return sets
