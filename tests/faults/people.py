"""Those who cause events: developers with an app of their own to change and an app that they let in and put out."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.faults.ledger import App
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.developer import CALLBACK, Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World

UNSURE = {500, 502, 503, 504}


class Unsure(Exception):
    """A request whose effect is unknown."""


@dataclass
class Person:
    """`linked` is let in and put out, `changed` is changed, hosts of `proved` are proven; nobody else touches them."""

    journey: Journey
    linked: App
    changed: App
    proved: App

    async def ask(
        self,
        method: str,
        path: str,
        *,
        form: dict[str, str] | None = None,
        json: object = None,
        auth: httpx.BasicAuth | None = None,
        bearer: str | None = None,
    ) -> httpx.Response:
        """With the person's key unless other credentials are given. Raises Unsure."""
        headers = {"authorization": f"Bearer {bearer or self.journey.pak}"} if auth is None else {}
        try:
            answer = await self.journey.http.request(method, path, data=form, json=json, headers=headers, auth=auth)
        except httpx.HTTPError as error:
            raise Unsure(f"{method} {path}: {type(error).__name__}") from error
        return sure(answer)


def sure(answer: httpx.Response) -> httpx.Response:
    """Raises Unsure where nobody answered in the end."""
    if answer.status_code in UNSURE:
        raise Unsure(f"{answer.request.method} {answer.request.url.path}: {answer.status_code}")
    return answer


@asynccontextmanager
async def person(mailbox: Mailbox, world: World, issuer: str) -> AsyncIterator[Person]:
    """Signs up, verifies, signs in, makes a key and registers both apps, as the journey does."""
    async with httpx.AsyncClient(base_url=issuer, timeout=30) as http:
        journey = Journey(http, Browser(http), mailbox, world, Story(lambda _: None), "")
        for step in (developer.sign_up, developer.verify_email, developer.sign_in, developer.make_key):
            await step(journey)
        yield Person(journey, await app(journey, world), await app(journey, world), await app(journey, world))


async def app(journey: Journey, world: World) -> App:
    body = registration(f"Notes {secrets.token_hex(4)}", world)
    made = await journey.http.post("/api/v1/applications", json=body, headers=journey.with_key)
    assert made.status_code == 201, made.text
    return App.of(made.json())


def registration(name: str, world: World) -> dict[str, object]:
    fields = {
        "name": name,
        "client_type": "confidential",
        "redirect_uris": [CALLBACK],
        "allowed_scopes": ["openid", "profile", "email"],
        "webhook_url": world.webhook_url,
    }
    return {"application": fields}
