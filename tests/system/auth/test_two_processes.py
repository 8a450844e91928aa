"""Attack classes of replay over two auth processes as the operator starts them: twenty at once, and one wins."""

import asyncio
import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.system.auth import parties
from tests.system.auth.parties import CALLBACK
from tests.system.auth.visitor import Visitor
from tests.system.auths import Auth, two
from tests.system.journey.browser import Browser
from tests.system.stack import Stack

TOKEN = "/oauth/token"
VERIFIER = "v" * 43
AT_ONCE = 20


@pytest.fixture(scope="module")
async def auths(open_stack: Stack) -> AsyncIterator[list[Auth]]:
    async with two(open_stack) as both:
        yield both


@pytest.fixture
async def http(open_stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=open_stack.issuer, timeout=30, limits=limits) as one:
        yield one


async def code(http: httpx.AsyncClient, stack: Stack, app: dict[str, Any]) -> str:
    """By the browser, over sign-in and consent."""
    known = stack.credentials
    request = {
        "client_id": app["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "s" * 32,
        "code_challenge": base64.urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    visitor = Visitor(Browser(http), known["operator_email"], known["operator_password"])
    back = await visitor.visit(f"/oauth/authorize?{urlencode(request)}")
    return parse_qs(urlsplit(back).query)["code"][0]


async def at_once(http: httpx.AsyncClient, auths: list[Auth], form: dict[str, str], auth: httpx.Auth) -> dict[str, Any]:
    """Sends the form twenty times; what the one winner was given. Both processes had their share."""
    before = [one.answered(TOKEN) for one in auths]
    answers = await asyncio.gather(*(http.post(TOKEN, data=form, auth=auth) for _ in range(AT_ONCE)))
    assert all(one.answered(TOKEN) > then for one, then in zip(auths, before, strict=True))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert 1 == len(won)
    assert {(400, "invalid_grant")} == {(a.status_code, a.json()["error"]) for a in answers if a.status_code != 200}
    return dict(won[0])


async def test_replays_over_two_processes(http: httpx.AsyncClient, open_stack: Stack, auths: list[Auth]) -> None:
    """Of a code, and of a refresh token: the others are refused, and because somebody was a thief the family dies."""
    key = {"authorization": f"Bearer {open_stack.credentials['operator_pak']}"}
    app = await parties.confidential(http, key, "Race")
    auth = httpx.BasicAuth(app["client_id"], app["client_secret"])
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    first = {**form, "code": await code(http, open_stack, app)}
    won = await at_once(http, auths, first, auth)
    assert 400 == (await refresh(http, auth, won)).status_code
    tokens = (await http.post(TOKEN, data={**form, "code": await code(http, open_stack, app)}, auth=auth)).json()
    retired = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    won = await at_once(http, auths, retired, auth)
    assert 400 == (await refresh(http, auth, won)).status_code
    bearer = {"authorization": f"Bearer {won['access_token']}"}
    assert 401 == (await http.get("/oauth/userinfo", headers=bearer)).status_code


async def refresh(http: httpx.AsyncClient, auth: httpx.Auth, tokens: dict[str, Any]) -> httpx.Response:
    return await http.post(
        TOKEN, data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}, auth=auth
    )
