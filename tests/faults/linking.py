"""A person lets an app in and puts it out, again and again; each putting out is one `user.unlinked`."""

import base64
import hashlib
import secrets
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.faults.ledger import Ledger
from tests.faults.people import Person, Unsure, sure
from tests.system.journey.browser import forms
from tests.system.journey.developer import CALLBACK

Granted = Literal["yes", "no", "perhaps ended", "perhaps begun", "unknown"]


class Linking:
    """What is known of one grant, and every way in which the platform may contradict it."""

    def __init__(self, person: Person, ledger: Ledger) -> None:
        self._person, self._ledger = person, ledger
        self._app = person.linked
        self._granted: Granted = "no"
        self._token: str | None = None

    def forget(self) -> None:
        """Auth's records may be older than what we know."""
        self._granted, self._token = "unknown", None

    async def turn(self) -> None:
        """One step. Raises Unsure."""
        if self._granted in {"yes", "perhaps ended"}:
            await self._disconnect()
        else:
            await self._connect()

    async def _connect(self) -> None:
        verifier = secrets.token_urlsafe(48)
        page = await authorize(self._person, self._app.client_id, CALLBACK, verifier)
        if "location" not in page.headers:
            page = await self._consent()
        elif self._granted == "no":
            self._ledger.broken(f"{self._app.client_id} is let in though its end was acknowledged")
        self._granted = "yes"
        self._ledger.done()
        await self._exchange(page.headers["location"], verifier)

    async def _consent(self) -> httpx.Response:
        if self._granted == "no":
            self._granted = "perhaps begun"
        try:
            back = sure(await self._person.journey.browser.submit("consent", {}, button=("decision", "allow")))
        except httpx.HTTPError as error:
            raise Unsure("consent") from error
        if "location" not in back.headers:
            raise Unsure(f"consent: {back.status_code}")
        return back

    async def _exchange(self, location: str, verifier: str) -> None:
        self._token = None
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(location).query)["code"][0],
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }
        basic = httpx.BasicAuth(self._app.client_id, self._app.secret or "")
        answer = await self._person.ask("POST", "/oauth/token", form=form, auth=basic)
        if answer.status_code != 200:
            self._ledger.broken(f"a fresh code was refused: {answer.status_code} {answer.text[:200]}")
            return
        self._token = answer.json()["access_token"]

    async def _disconnect(self) -> None:
        perhaps, self._granted = self._granted == "perhaps ended", "perhaps ended"
        answer = await self._person.ask("DELETE", f"/api/v1/me/connected_apps/{self._app.client_id}")
        if answer.status_code == 404 and not perhaps:
            self._ledger.broken(f"a grant of {self._app.client_id} ended by itself")
        elif answer.status_code not in {204, 404}:
            self._ledger.broken(f"disconnecting: {answer.status_code} {answer.text[:200]}")
            raise Unsure("disconnect")
        self._granted = "no"
        self._ledger.unlinked[self._app.client_id] += 1
        self._ledger.done()
        await self._is_out()

    async def _is_out(self) -> None:
        if self._token is None:
            return
        answer = await self._person.ask("GET", "/oauth/userinfo", bearer=self._token)
        if answer.status_code != 401:
            self._ledger.broken(f"a token lives after its app was put out: {answer.status_code}")


async def authorize(person: Person, client_id: str, redirect_uri: str, verifier: str) -> httpx.Response:
    """The consent page, or the way back; an error page is Unsure where a person signed in would not see it."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "openid profile",
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    url = person.journey.http.build_request("GET", "/oauth/authorize", params=query).url
    try:
        page = sure(await person.journey.browser.go(str(url)))
    except httpx.HTTPError as error:
        raise Unsure("authorize") from error
    if "location" in page.headers or any("consent" in form.action for form in forms(page)):
        return page
    raise Unsure(f"authorize: {page.status_code} {page.text[:300]}")
