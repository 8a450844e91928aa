"""The attack class: endpoints of an account that take any app's access token."""

import httpx
import pytest

from tests.auth.rp import World, an_app, with_management

ME = "/api/v1/me"


async def me(world: World, token: str) -> httpx.Response:
    async with world.browser() as script:
        return await script.get(ME, headers={"authorization": f"Bearer {token}"})


async def test_missing_scope_check(world: World) -> None:
    """What a person lets an ordinary app see stands at userinfo; its token opens no account."""
    app, ada = await world.tell(an_app()), await world.person("ada@scopes.example")
    tokens = await world.tokens(app, ada)
    answer = await me(world, tokens["access_token"])
    assert (403, "insufficient_scope") == (answer.status_code, answer.json()["error"])
    assert "console:read" == answer.json()["required_scope"]


@pytest.mark.parametrize("scope", ["console:read", "console:manage"])
async def test_a_console_token_opens_the_account(world: World, scope: str) -> None:
    """The console's scopes are what the route is for."""
    app = await world.tell(an_app(allowed_scopes=("openid", scope), status="approved"))
    bob = await world.person(f"{scope[8:]}@scopes.example")
    await world.db.execute("update users set role = 'developer' where id = $1", bob.id)
    tokens = await world.tokens(app, bob, scope=f"openid {scope}")
    answer = await me(world, tokens["access_token"])
    assert (200, "oauth") == (answer.status_code, answer.json()["auth"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/me/api_keys"),
        ("POST", "/api/v1/me/api_keys"),
        ("DELETE", "/api/v1/me/api_keys/1"),
        ("GET", "/api/v1/me/connected_apps"),
        ("DELETE", "/api/v1/me/connected_apps/logi_1"),
    ],
)
async def test_no_access_token_opens_what_is_for_keys_and_sessions(world: World, method: str, path: str) -> None:
    """Not even the console's: these routes take a session or a personal key."""
    app = await world.tell(an_app(allowed_scopes=("openid", "console:manage"), status="approved"))
    carol = await world.person(f"{abs(hash((method, path)))}@scopes.example")
    tokens = await world.tokens(app, carol, scope="openid console:manage")
    async with world.browser() as script:
        answer = await script.request(method, path, headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (401, "unauthorized") == (answer.status_code, answer.json()["error"])


async def test_a_machines_token_is_nobodys_account(world: World) -> None:
    """A scope of an API resource may have any name, so the audience counts."""
    machine = await with_management(world, an_app(grant_types=("client_credentials",), status="approved"))
    form = {
        "grant_type": "client_credentials",
        "client_id": machine.client_id,
        "resource": "https://default.logto.app/api",
    }
    token = (await world.token(form)).json()["access_token"]
    assert 403 == (await me(world, token)).status_code


async def test_who_has_no_token_is_told_where_to_learn_of_them(world: World) -> None:
    """RFC 9728 section 5.1: the challenge names the metadata of the API."""
    async with world.browser() as script:
        answer = await script.get(ME)
    where = "http://localhost:8000/.well-known/oauth-protected-resource/api/v1"
    assert (401, f'Bearer realm="logi", resource_metadata="{where}"') == (
        answer.status_code,
        answer.headers["www-authenticate"],
    )
