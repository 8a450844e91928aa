"""The first half of the journey: a person becomes a developer with a registered application."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.system.journey.browser import Browser
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.journey.world import World

CALLBACK = "http://localhost:4000/auth/callback"
_KEY = re.compile(r"lpa_pat_[0-9A-Za-z]{46}")


@dataclass
class Journey:
    """Everything that one step leaves to the next."""

    http: httpx.AsyncClient
    browser: Browser
    mailbox: Mailbox
    world: World
    story: Story
    host: str
    email: str = field(default_factory=lambda: f"ada-{secrets.token_hex(4)}@rp.example")
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    pak: str = ""
    app: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return str(self.http.base_url).rstrip("/")

    @property
    def with_key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.pak}"}

    @property
    def as_client(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(self.app["client_id"], self.app["client_secret"])


async def sign_up(journey: Journey) -> None:
    """A new developer; the answer is the same for an address that is known."""
    journey.story.step("Sign up", f"{journey.email} asks for an account; the form works without scripts.")
    await journey.browser.go("/console/signup")
    page = await journey.browser.submit("password", {"email": journey.email, "password": journey.password})
    assert page.status_code == 200
    assert "sent" in str(page.url)


async def verify_email(journey: Journey) -> None:
    """The link of the mail leads to a page with a button, which a mail scanner would not press."""
    journey.story.step("Verify the address", "The mail is in the local sink; its link is good for one press.")
    letter = await journey.mailbox.letter_to(journey.email)
    link = next(word for word in re.findall(r"https?://\S+", letter.text) if "verify_email" in word)
    journey.story.tell(f"✉ {letter.subject}")
    assert link.startswith(journey.issuer)
    await journey.browser.go(link)
    page = await journey.browser.submit("token", {})
    assert page.status_code == 200


async def sign_in(journey: Journey) -> None:
    """A session begins; its cookie is HttpOnly and its id is new."""
    journey.story.step("Sign in", "To the console, with the password.")
    await journey.browser.go("/console/login")
    page = await journey.browser.submit("password", {"email": journey.email, "password": journey.password})
    assert page.status_code == 200
    assert any("session" in name for name in journey.browser.cookies)


async def make_key(journey: Journey) -> None:
    """The key is on the page this once."""
    journey.story.step("Make an API key", "Shown once; the platform keeps its digest.")
    await journey.browser.go("/settings/api-keys")
    wanted: dict[str, Any] = {"name": "laptop", "scopes": ["apps:manage", "profile:write"]}
    page = await journey.browser.submit("name", wanted)
    found = _KEY.search(page.text)
    assert found is not None, page.text[:2000]
    journey.pak = found[0]
    journey.story.tell(f"key {journey.pak[:16]}…")
    again = await journey.browser.go("/settings/api-keys")
    assert journey.pak not in again.text


async def register(journey: Journey) -> None:
    """A confidential app on loopback is usable at once."""
    journey.story.step("Register an app", "With a callback on this machine and a webhook; a sandbox app works at once.")
    body = {
        "name": "Acme Notes",
        "client_type": "confidential",
        "redirect_uris": [CALLBACK],
        "allowed_scopes": ["openid", "profile", "email"],
        "webhook_url": journey.world.webhook_url,
    }
    made = await journey.http.post("/api/v1/applications", json={"application": body}, headers=journey.with_key)
    assert made.status_code == 201, made.text
    journey.app = made.json()
    assert journey.app["status"] == "sandbox"
    assert journey.app["propagation"] == "complete"
