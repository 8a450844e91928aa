"""Consent in the platform's own app, from the request that opened it to the tokens of the application."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.applications import Application
from tests.auth.anonymous import phone
from tests.auth.anonymous.phone import a_phone
from tests.auth.merging.builders import a_key
from tests.auth.people import bearer
from tests.auth.rp import CALLBACK, World, an_app, asking

PATH = "/api/v1/oauth/authorize"


async def ask(world: World, key: str, params: dict[str, Any], *, look: bool = False) -> httpx.Response:
    async with world.browser() as http:
        if look:
            return await http.get(f"{PATH}/preview", params=params, headers=bearer(key))
        return await http.post(PATH, json=params, headers=bearer(key))


async def the_holder(world: World, name: str, scope: str = "profile:write") -> tuple[int, str]:
    person = await world.person(f"{name}@native.example")
    return person.id, await a_key(world, person.id, scope)


async def test_from_the_preview_to_the_tokens(world: World) -> None:
    """What the consent page would say; then a code that only the challenge's verifier redeems."""
    app = await world.tell(an_app())
    user_id, key = await the_holder(world, "whole")
    seen = (await ask(world, key, asking(app), look=True)).json()
    assert ("Shop", "127.0.0.1:9999", "this_device", True) == (
        seen["application"]["name"],
        seen["application"]["destination"],
        seen["application"]["standing"],
        seen["consent_required"],
    )
    assert [("openid", False), ("email", False)] == [(one["scope"], one["granted"]) for one in seen["scopes"]]
    assert not await world.db.fetchval("select true from grants where user_id = $1", user_id)
    said = (await ask(world, key, asking(app))).json()
    assert ("st&te +ü", CALLBACK, True) == (
        said["state"],
        said["redirect_uri"],
        said["redirect_to"].startswith(f"{CALLBACK}?code="),
    )
    wrong = await world.redeem(app, said["code"], code_verifier="w" * 43)
    assert (400, "invalid_grant") == (wrong.status_code, wrong.json()["error"])
    said = (await ask(world, key, asking(app))).json()
    tokens = await world.redeem(app, said["code"])
    assert 200 == tokens.status_code, tokens.text
    assert str(user_id) == (await world.userinfo(tokens.json()["access_token"])).json()["sub"]
    assert not (await ask(world, key, asking(app), look=True)).json()["consent_required"]


async def test_what_an_app_has_pushed(world: World) -> None:
    """The preview leaves it where it is, for as long as a person thinks; the yes takes it, once."""
    app = await world.tell(an_app(require_pushed_authorization_requests=True))
    _, key = await the_holder(world, "pushed")
    made = await world.post("/oauth/par", app, **{k: v for k, v in asking(app).items() if k != "client_id"})
    params = {"client_id": app.client_id, "request_uri": made.json()["request_uri"]}
    for _ in range(2):
        assert 200 == (await ask(world, key, params, look=True)).status_code
    world.clock.advance(timedelta(minutes=9))
    answers = await asyncio.gather(*(ask(world, key, params) for _ in range(5)))
    assert [200] + [400] * 4 == sorted(answer.status_code for answer in answers)
    (said,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert 200 == (await world.redeem(app, said["code"])).status_code


async def test_an_anonymous_person(world: World) -> None:
    """403 `anonymous_not_allowed`, unless the app's developer wished it; then the app learns a subject alone."""
    await world.tell(phone.the_app())
    strict, open_ = await world.tell(an_app()), await world.tell(an_app(allow_anonymous_grants=True))
    nobody = await a_phone(world)
    for look in (True, False):
        answer = await ask(world, nobody.key, asking(strict), look=look)
        assert (403, "anonymous_not_allowed") == (answer.status_code, answer.json()["error"])
    code = (await ask(world, nobody.key, asking(open_))).json()["code"]
    tokens = (await world.redeem(open_, code)).json()
    said = (await world.userinfo(tokens["access_token"])).json()
    assert (str(nobody.user_id), False) == (said["sub"], "email" in said)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "logi_" + "0" * 32}, 400, "invalid_client"),
        ({"redirect_uri": "https://elsewhere.example/cb"}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"code_challenge": None}, 400, "invalid_request"),
        ({"code_challenge_method": "plain"}, 400, "invalid_request"),
        ({"scope": "openid admin"}, 400, "invalid_scope"),
        ({"prompt": "login"}, 403, "interaction_required"),
        ({"max_age": "60"}, 403, "interaction_required"),
    ],
)
async def test_requests_that_are_refused(world: World, changes: dict[str, str | None], status: int, error: str) -> None:
    """With the codes of the browser's way, as JSON, for the look as for the yes; never by redirect."""
    app = await world.tell(an_app())
    _, key = await the_holder(world, f"refused-{error}-{'-'.join(changes)}")
    for look in (True, False):
        answer = await ask(world, key, asking(app, **changes), look=look)
        assert (status, error) == (answer.status_code, answer.json()["error"])


async def test_a_confidential_app_that_may_do_without_pkce_may_not_here(world: World) -> None:
    """The code passes through other apps' hands, so it is always bound."""
    app: Application = await world.tell(an_app(require_pkce=False))
    _, key = await the_holder(world, "bound")
    answer = await ask(world, key, asking(app, code_challenge=None, code_challenge_method=None))
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_who_may_ask(world: World) -> None:
    """A key that only reads looks and says no yes; sessions and strangers are not heard."""
    app = await world.tell(an_app())
    user_id, reader = await the_holder(world, "reader", "profile:read")
    assert 200 == (await ask(world, reader, asking(app), look=True)).status_code
    assert 403 == (await ask(world, reader, asking(app))).status_code
    async with world.browser() as http:
        assert 401 == (await http.post(PATH, json=asking(app))).status_code
        person = await world.db.fetchval("select id from users where id = $1", user_id)
        assert person == user_id
        http.headers["x-logi-csrf-token"] = await world.sign_in(http, await world.person("session@native.example"))
        assert 401 == (await http.post(PATH, json=asking(app))).status_code
