"""What an operator says to set a provider up: incomplete connectors are refused with the reason, secrets are sealed."""

import json
from typing import Any

import pytest

from services.auth.upstream import configure, store
from services.auth.upstream.configure import ConnectorUnusable
from tests.auth.rp import World
from tests.auth.upstream import elsewhere


async def configured(world: World, key: str, **given: Any) -> None:
    ground = world.ground
    document = json.dumps({"client_id": "us", "secret": "s3cret", **given}).encode()
    await configure.connector(ground.db, ground.vault, ground.clock, key, document)


@pytest.mark.parametrize(
    ("key", "given", "reason"),
    [
        ("Google", {}, "a key is"),
        ("email", {}, "a key is"),
        ("app", {}, "a key is"),
        ("x", {"preset": "myspace"}, "there is no preset"),
        ("x", {}, "needs `issuer`"),
        ("x", {"settings": {"issuer": "https://x.example", "colour": 1}}, "settings:"),
        ("x", {"settings": {"issuer": "https://x.example", "scopes": ["email"]}}, "`openid`"),
        ("x", {"preset": "oauth2"}, "`authorization_endpoint`"),
        ("apple", {}, "`team_id`"),
        ("apple", {"settings": {"team_id": "T", "key_id": "K"}}, "P-256"),
        ("google", {"secret": ""}, "client_id and secret"),
        ("google", {"client": "x"}, "standard input"),
    ],
    ids=str,
)
async def test_what_nobody_could_sign_in_by(world: World, key: str, given: dict[str, Any], reason: str) -> None:
    """It is refused when it is said, not when the first person presses the button."""
    with pytest.raises(ConnectorUnusable, match=reason):
        await configured(world, key, **given)


async def test_presets_need_no_more_than_a_client(world: World) -> None:
    """Google, Kakao and GitHub by client_id and secret, Apple by its key; what is said again replaces what was said."""
    for key in ("google", "kakao", "github"):
        await configured(world, key)
    secret = elsewhere.apple_pem(private=True)
    await configured(world, "apple", secret=secret, settings={"team_id": "T", "key_id": "K"})
    await configured(world, "google", name="Work", client_id="other", enabled=False)
    found = {one.key: one for one in await store.connectors(world.db)}
    assert {"google", "kakao", "github", "apple"} == found.keys()
    assert ("Work", "other", False) == (found["google"].name, found["google"].client_id, found["google"].enabled)
    assert "Apple" == found["apple"].name
    assert ["apple", "github", "kakao"] == [one.key for one in await store.offered(world.db)]
    assert [] == [one.key for one in found.values() if b"s3cret" in one.sealed or b"PRIVATE" in one.sealed]
    async with world.browser() as http:
        assert 404 == (await http.get("/auth/google/web/start")).status_code
    assert await store.remove_connector(world.db, "google")
    assert not await store.remove_connector(world.db, "google")
