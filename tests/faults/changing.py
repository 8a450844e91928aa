"""A developer changes an app, again and again; what was acknowledged holds everywhere, at once where promised."""

import itertools
import secrets

import httpx

from tests.faults.ledger import App, Ledger
from tests.faults.linking import authorize
from tests.faults.people import Person, Unsure, registration

MOST_URIS = 6
NEW_APPS = 2
"""Registrations of one person; registry allows 10 an hour."""


class Changing:
    """What is known of one app, and every way in which the platform may contradict it."""

    def __init__(self, person: Person, ledger: Ledger) -> None:
        self._person, self._ledger, self.app = person, ledger, person.changed
        self._path = f"/api/v1/applications/{self.app.id}"
        self._turns = itertools.count()
        self._asked: list[str] = []
        self._unsure = False
        self.registered: dict[str, App] = {}

    def forget(self) -> None:
        """Registry's records may be older than what we know."""
        self.app.forget()
        self.registered.clear()
        self._asked.clear()
        self._unsure = True

    async def turn(self) -> None:
        """One step, after a look at the record where the last one may have changed it. Raises Unsure."""
        if self._unsure:
            await self._look()
        self._unsure = True
        await self._step()
        self._unsure = False

    async def _look(self) -> None:
        """What stands there and was not taken away counts from now on."""
        shown = await self._person.ask("GET", self._path)
        self.app.wanted |= set(shown.json()["redirect_uris"]) - self.app.gone

    async def _step(self) -> None:
        turn = next(self._turns)
        if self.app.secret is None or turn % 3 == 0:
            await self._rotate()
        elif turn % 10 == 1 and len(self._asked) < NEW_APPS:
            await self._register()
        elif len(self.app.wanted) >= MOST_URIS:
            await self._remove()
        else:
            await self._add()

    async def _rotate(self) -> None:
        old, self.app.secret = self.app.secret, None
        answer = await self._changed("POST", f"{self._path}/rotate_secret", 200)
        self.app.secret = answer.json()["client_secret"]
        self._ledger.done()
        if answer.json()["propagation"] == "complete":
            if old is not None and await self.authenticates(old):
                self._ledger.broken("an old secret was honoured after its end had been acknowledged everywhere")
            if not await self.authenticates(self.app.secret):
                self._ledger.broken("a new secret was refused after it had been acknowledged everywhere")

    async def _add(self) -> None:
        uri = f"http://localhost:4000/{secrets.token_hex(6)}"
        answer = await self._changed("POST", f"{self._path}/redirect_uris", 200, {"uri": uri})
        self.app.wanted.add(uri)
        self._ledger.done()
        if answer.json()["propagation"] == "complete" and not await self.accepts(uri):
            self._ledger.broken("a redirect URI was refused after it had been acknowledged everywhere")

    async def _remove(self) -> None:
        uri = max(self.app.wanted)
        self.app.wanted.discard(uri)
        answer = await self._changed("DELETE", f"{self._path}/redirect_uris", 200, {"uri": uri})
        self.app.gone.add(uri)
        self._ledger.done()
        if answer.json()["propagation"] == "complete" and await self.accepts(uri):
            self._ledger.broken("a redirect URI was accepted after its end had been acknowledged everywhere")

    async def _register(self) -> None:
        """A name is good for one app, so asking again after no answer cannot make two."""
        if not self._asked or self._asked[-1] in self.registered:
            self._asked.append(f"Extra {secrets.token_hex(6)}")
        body = registration(self._asked[-1], self._person.journey.world)
        answer = await self._person.ask("POST", "/api/v1/applications", json=body)
        if answer.status_code not in {200, 201}:
            self._ledger.broken(f"registering: {answer.status_code} {answer.text[:200]}")
            raise Unsure("register")
        app = self.registered[self._asked[-1]] = App.of(answer.json())
        self._ledger.gave("app", app.id, app.client_id)
        self._ledger.done()

    async def authenticates(self, secret: str, app: App | None = None) -> bool:
        """Whether the token endpoint believes the secret. Raises Unsure."""
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        basic = httpx.BasicAuth((app or self.app).client_id, secret)
        answer = await self._person.ask("POST", "/oauth/token", form=form, auth=basic)
        if answer.status_code not in {400, 401}:
            raise Unsure(f"token: {answer.status_code} {answer.text[:200]}")
        return answer.status_code == 400

    async def accepts(self, uri: str) -> bool:
        """Whether a person is sent on to this redirect URI. Raises Unsure."""
        try:
            await authorize(self._person, self.app.client_id, uri, secrets.token_urlsafe(48))
        except Unsure as error:
            if "authorize: 400" in str(error):
                return False
            raise
        return True

    async def check(self) -> list[str]:
        """When all is quiet: where registry or auth contradict what was acknowledged."""
        found = []
        answer = (await self._person.ask("GET", self._path)).json()
        shown = set(answer["redirect_uris"])
        if self.app.wanted - shown or self.app.gone & shown:
            found.append(f"registry lost {self.app.wanted - shown} or kept {self.app.gone & shown}")
        found += [f"auth refuses {uri}" for uri in shown if not await self.accepts(uri)]
        found += [f"auth accepts {uri}" for uri in list(self.app.gone)[-3:] if await self.accepts(uri)]
        if self.app.secret is not None and not await self.authenticates(self.app.secret):
            found.append("auth refuses the secret")
        listed = [app["name"] for app in (await self._person.ask("GET", "/api/v1/applications?per_page=100")).json()]
        found += [f"{name} stands {listed.count(name)} times" for name in self.registered if listed.count(name) != 1]
        for name, app in self.registered.items():
            if app.secret is not None and not await self.authenticates(app.secret, app):
                found.append(f"auth refuses {name}")
        return found

    async def _changed(self, method: str, path: str, status: int, body: object = None) -> httpx.Response:
        answer = await self._person.ask(method, path, json=body)
        if answer.status_code != status:
            self._ledger.broken(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            raise Unsure(path)
        return answer
