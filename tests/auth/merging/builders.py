"""Builders for tests of merging: people with grants and everything else that an account may have, and what is left."""

from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from contracts.applications import Application
from contracts.principal import Pak
from services.auth.accounts.store import Account
from services.auth.api_keys import make
from services.auth.authorize import store as authorize
from services.auth.merging.merge import Proven, Requester
from tests.auth.rp import Auth, World

MERGE = "/api/v1/me/merge"


async def granted(world: World, user_id: int, app: Application) -> str:
    """A grant as the consent page makes it; its `sub`."""
    async with world.db.transaction() as tx:
        return await authorize.grant(tx, user_id, app.client_id, ["openid"], world.clock.now())


async def standing(world: World, user_id: int) -> dict[str, str]:
    """The `sub` of each grant by its client_id."""
    rows = await world.db.fetch("select client_id, sub from grants where user_id = $1", user_id)
    return {row["client_id"]: row["sub"] for row in rows}


async def announced(world: World, tag: str) -> list[Any]:
    rows = await world.db.fetch("select payload from outbox where tag = $1 order by id", tag)
    return [msgspec.json.decode(row["payload"]) for row in rows]


def asks(user_id: int) -> Requester:
    return Requester(user_id=user_id, credential="session", ip="192.0.2.7", user_agent="test", request_id="r")


def sure(target_id: int, key: str) -> Proven:
    """A proof that holds and is not used up; its key alone says whether it was taken before."""

    async def spend(_: Any) -> bool:
        return True

    return Proven(target_id=target_id, via="t3_otp", idempotency_key=key, spend=spend)


async def people(world: World, *names: str) -> Sequence[Account]:
    return [await world.person(f"{name}@merging.example") for name in names]


class Person:
    """Somebody's browser, signed in."""

    def __init__(self, auth: Auth, account: Account) -> None:
        self.account, self.http = account, auth.browser()
        self.csrf = ""

    @classmethod
    async def signed_in(cls, world: World, account: Account) -> "Person":
        made = cls(world, account)
        made.csrf = await world.sign_in(made.http, account)
        made.http.headers["x-logi-csrf-token"] = made.csrf
        return made

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.http.post(path, json=body or {})

    async def proof(self) -> str:
        """A merge session token of this account."""
        answer = await self.post(f"{MERGE}/session-token")
        assert 200 == answer.status_code, answer.text
        return str(answer.json()["session_token"])


async def a_key(world: World, user_id: int, scope: str) -> str:
    """The plain text of a personal API key with one scope."""
    caller = Pak(user_id=user_id, sub=str(user_id), role="user", identity_verified_level=1, pak_id=0, scopes=(scope,))
    return (await make.create(world.ground, caller, make.KeyRequest(name="A key", scopes=(scope,)))).plain


async def code_in_mail(world: World, recipient: str) -> str:
    """The digits of the latest merge code that went to an address."""
    row = await world.db.fetchrow(
        "select key, sealed from mail_outbox where recipient = $1 and kind = 'merge_code' order by id desc limit 1",
        recipient,
    )
    assert row is not None
    opened = world.ground.vault.open(row["sealed"], f"mail/{row['key']}").decode()
    return str(msgspec.json.decode(opened[opened.index("{") :])["code"])
