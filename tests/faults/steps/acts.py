"""What people do while auth dies: each act can be tried again and again, and looked at from the outside."""

import asyncio
import re
import secrets
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from tests.auth.anonymous.phone import BOOTSTRAP, EXCHANGE, IDENTITIES, SWAP, Provider, shown
from tests.faults.people import sure
from tests.faults.steps.scene import Scene, Somebody
from tests.system.journey.developer import Journey


class SigningUp:
    """The form's answer says that the ask is kept; the account comes of it, once, whoever died in between."""

    def __init__(self, scene: Scene, journey: Journey) -> None:
        self._scene, self._journey = scene, journey
        self.email, self._acknowledged = "", False

    async def act(self) -> None:
        self.email, self._acknowledged = f"new-{secrets.token_hex(6)}@steps.example", False
        await self._journey.browser.go("/console/signup")
        page = await self._journey.browser.submit(
            "password", {"email": self.email, "password": secrets.token_urlsafe(16)}
        )
        self._acknowledged = page.status_code == 200
        await self.settled()

    async def settled(self) -> None:
        """Returns once nothing waits to be worked on."""
        while await self._scene.value("select count(*) from letterbox"):
            await asyncio.sleep(0.05)

    async def done(self) -> bool:
        await self.settled()
        rows = await self._scene.rows("select id from users where email = $1", self.email)
        told = [one for one in await self._scene.events("auth.user.registered") if one["user"]["email"] == self.email]
        letters = await self._scene.value("select count(*) from mail_outbox where recipient = $1", self.email)
        links = await self._scene.value("select count(*) from email_verifications where email_key = $1", self.email)
        assert [row["id"] for row in rows] == [one["user"]["id"] for one in told]
        assert len(rows) == letters == links
        assert rows or not self._acknowledged, "an acknowledged sign-up came to nothing"
        return bool(rows)


class Proving:
    """The link of a mail: it can be used until the address is proved, and not afterwards."""

    def __init__(self, scene: Scene, journey: Journey, link: str) -> None:
        self._scene, self._journey, self._link = scene, journey, link

    async def act(self) -> None:
        await self._journey.browser.go(self._link)
        page = await self._journey.browser.submit("token", {})
        assert page.status_code == 200, page.text

    async def done(self) -> bool:
        level = await self._scene.value(
            "select identity_verified_level from users where email = $1", self._journey.email
        )
        used = await self._scene.value(
            "select used_at is not null from email_verifications where email_key = $1", self._journey.email
        )
        events = await self._scene.events("auth.user.email_verified")
        told = [one for one in events if one["user"]["email"] == self._journey.email]
        assert (level, used, len(told)) in {(0, False, 0), (1, True, 1)}
        return bool(level)


class Merging:
    """One account absorbs another by a merge token, which is used up with the merge and not before."""

    def __init__(self, scene: Scene, mine: Somebody, other: Somebody) -> None:
        self._scene, self._mine, self._other, self._proof = scene, mine, other, ""

    async def act(self) -> None:
        minted = await self._other.ask("POST", "/api/v1/me/merge/session-token")
        assert 200 == minted.status_code, minted.text
        self._proof = minted.json()["session_token"]
        answer = await self.ask()
        assert (200, "merged") == (answer.status_code, answer.json().get("outcome")), answer.text

    async def ask(self) -> httpx.Response:
        return await self._mine.ask("POST", "/api/v1/me/merge", {"target_session_token": self._proof})

    async def done(self) -> bool:
        into = await self._scene.value("select merged_into from users where id = $1", self._other.id)
        links = await self._scene.rows(
            "select primary_user_id, source_event_id from identity_links where linked_user_id = $1", self._other.id
        )
        events = await self._scene.events("auth.user.merged")
        told = [one["event_id"] for one in events if one["merged_canonical_sub"] == str(self._other.id)]
        used = await self._scene.value("select count(consumed_at) from merge_tokens where user_id = $1", self._other.id)
        living = (await self._other.ask("GET", "/api/v1/me/connected_apps")).status_code == 200
        assert [row["source_event_id"] for row in links] == told
        assert (into, len(links), used, living) in {(None, 0, 0, True), (self._mine.id, 1, 1, False)}
        return bool(links)


class Closing:
    """DELETE /api/v1/me: the account is there with its session and its key, or it is closed and all have heard."""

    def __init__(self, scene: Scene, somebody: Somebody) -> None:
        self._scene, self._somebody = scene, somebody

    async def act(self) -> None:
        answer = await self._somebody.ask("DELETE", "/api/v1/me", key=False)
        assert 202 == answer.status_code, answer.text

    async def done(self) -> bool:
        number = self._somebody.id
        closed = await self._scene.value("select deleted_at is not null from users where id = $1", number)
        sessions = await self._scene.value("select count(*) from sessions where user_id = $1", number)
        told = [one for one in await self._scene.events("auth.account.closed") if one["user"]["id"] == number]
        heard = [one for one in await self._scene.events("auth.user.deleted") if one["sub"] == str(number)]
        letters = await self._scene.value(
            "select count(*) from mail_outbox where recipient = $1 and kind = 'account_closed'",
            self._somebody.journey.email,
        )
        living = (await self._somebody.ask("GET", "/api/v1/me/connected_apps")).status_code == 200
        assert (closed, sessions > 0, len(told), len(heard), letters, living) in {
            (False, True, 0, 0, 0, True),
            (True, False, 1, 1, 1, False),
        }
        return bool(closed)


class Device:
    """A phone with the platform's app, and what it was given."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http, self.uuid = http, str(uuid4())
        self.secret = self.token = self.key = ""
        self.user_id = 0

    async def begin(self) -> httpx.Response:
        known = {"device_secret": self.secret} if self.secret else {}
        answer = await self._post(BOOTSTRAP, {"device_id": self.uuid, "device_platform": "ios", **known})
        if answer.status_code == 200:
            said = answer.json()
            self.token, self.user_id = said["access_token"], said["user"]["id"]
            self.secret = said.get("device_secret", self.secret)
        return answer

    async def exchange(self) -> None:
        body = {"device_uuid": self.uuid, "platform": "ios", "device_secret": self.secret}
        answer = await self._post(EXCHANGE, body)
        assert 200 == answer.status_code, answer.text
        self.key = answer.json()["access_token"]

    async def attach(self, identity: str) -> None:
        answer = await self._post(IDENTITIES, shown(identity))
        assert 200 == answer.status_code, answer.text

    async def swap(self, identity: str) -> httpx.Response:
        return await self._post(SWAP, shown(identity))

    async def key_opens(self) -> bool:
        headers = {"authorization": f"Bearer {self.key}"}
        return (await self._http.get("/api/v1/me/connected_apps", headers=headers)).status_code == 200

    async def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return sure(await self._http.post(path, json=body, headers=headers))


class Swapping:
    """An anonymous account is folded into somebody's: all there with its device, or gone and the device theirs."""

    def __init__(self, scene: Scene, nobody: Device, owner: Device, provider: Provider, subject: str) -> None:
        self._scene, self._nobody, self._owner = scene, nobody, owner
        self._provider, self._subject = provider, subject
        self._anonymous_id = nobody.user_id

    async def act(self) -> None:
        answer = await self._nobody.swap(self._provider.vouch(self._subject))
        assert 200 == answer.status_code, answer.text

    async def done(self) -> bool:
        there = await self._scene.value("select true from users where id = $1", self._anonymous_id)
        links = await self._scene.rows(
            "select source_event_id from identity_links where linked_user_id = $1", self._anonymous_id
        )
        events = await self._scene.events("auth.user.merged")
        told = [one["event_id"] for one in events if one["merged_canonical_sub"] == str(self._anonymous_id)]
        devices: list[asyncpg.Record] = await self._scene.rows(
            "select user_id from device_credentials where device_uuid = $1::uuid", self._nobody.uuid
        )
        assert [row["source_event_id"] for row in links] == told
        assert (there, [row["user_id"] for row in devices], await self._nobody.key_opens(), len(told)) in [
            (True, [self._anonymous_id], True, 0),
            (None, [self._owner.user_id], False, 1),
        ]
        return not there


def link_in(text: str) -> str:
    """The address in a mail that proves an address."""
    return next(word for word in re.findall(r"https?://\S+", text) if "verify_email" in word)
