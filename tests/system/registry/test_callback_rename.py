"""A callback's path is renamed while people sign in all the time, and not one sign-in fails (registry.md 5.2)."""

import asyncio
import base64
import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.faults.ledger import App
from tests.faults.linking import authorize
from tests.faults.people import Person, app
from tests.system.registry.conftest import Auth

OLD = "http://localhost:4000/auth/callback"
NEW = "http://localhost:4000/v2/callback"
PEOPLE = 4
"""Sign-ins at a time."""


@dataclass
class Party:
    """A relying party with one callback configured, and what became of each sign-in by callback."""

    person: Person
    app: App
    callback: str = OLD
    done: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    at_work: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            await self.sign_in(self.callback)

    async def sign_in(self, callback: str) -> None:
        """From the browser's first request to the tokens, on the path that was configured when it began."""
        self.at_work[callback] = self.at_work.get(callback, 0) + 1
        try:
            fault = await self._signed_in(callback)
        finally:
            self.at_work[callback] -= 1
        if fault is None:
            self.done[callback] = self.done.get(callback, 0) + 1
        else:
            self.failed.append(f"{callback}: {fault}")

    async def _signed_in(self, callback: str) -> str | None:
        http, verifier = self.person.journey.http, secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.app.client_id, "redirect_uri": callback, "response_type": "code", "state": "s" * 43,
            "scope": "openid profile", "nonce": "n" * 22, "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        back = await http.get("/oauth/authorize", params=query, headers={"accept": "text/html"})
        location = back.headers.get("location", "")
        if not location.startswith(f"{callback}?"):
            return f"authorize {back.status_code} {location}"
        code = parse_qs(urlsplit(location).query).get("code", [""])[0]
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": callback, "code_verifier": verifier,
        }  # fmt: skip
        basic = httpx.BasicAuth(self.app.client_id, self.app.secret or "")
        bought = await http.post("/oauth/token", data=form, auth=basic)
        return None if bought.status_code == 200 else f"token {bought.status_code} {bought.text[:200]}"

    async def until(self, callback: str, count: int) -> None:
        async with asyncio.timeout(60):
            while self.done.get(callback, 0) < count:
                await asyncio.sleep(0.02)


async def test_no_sign_in_fails(developer: Person, auths: list[Auth]) -> None:
    """New path beside the old one, the relying party moves, the old path goes quiet and is removed."""
    assert 2 == len(auths)
    made = await app(developer.journey, developer.journey.world)
    path = f"/api/v1/applications/{made.id}"
    await developer.ask("PATCH", path, json={"application": {"redirect_uris": [OLD]}})
    await authorize(developer, made.client_id, OLD, secrets.token_urlsafe(48))
    await developer.journey.browser.submit("consent", {}, button=("decision", "allow"))
    party = Party(developer, made)
    workers = [asyncio.create_task(party.run()) for _ in range(PEOPLE)]
    await party.until(OLD, 40)
    added = (await developer.ask("POST", f"{path}/redirect_uris", json={"uri": NEW})).json()
    assert "complete" == added["propagation"]
    party.callback = NEW
    await party.until(NEW, 40)
    async with asyncio.timeout(30):
        while party.at_work[OLD] or not await _seen(developer, path, NEW):
            await asyncio.sleep(0.05)
    removed = (await developer.ask("DELETE", f"{path}/redirect_uris", json={"uri": OLD})).json()
    assert ([NEW], "complete") == (removed["redirect_uris"], removed["propagation"])
    await party.until(NEW, 120)
    for worker in workers:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    assert [] == party.failed
    await party.sign_in(OLD)
    assert [f"{OLD}: authorize 400 "] == party.failed


async def _seen(developer: Person, path: str, uri: str) -> bool:
    """Whether the developer can see that the URI was used."""
    shown = (await developer.ask("GET", path)).json()
    return shown["redirect_uri_metadata"][uri]["last_used_at"] is not None
