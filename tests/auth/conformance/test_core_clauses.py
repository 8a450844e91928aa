"""Clauses of OpenID Connect Core that no other test shows."""

from datetime import timedelta
from typing import Any

import httpx

from tests.auth.dpop.proofs import claims
from tests.auth.rp import SECRET, World, an_app, asking, told

LIVES = 3600


async def test_an_id_token_says_when_and_for_whom(world: World) -> None:
    """Section 2: `iat` of now, an hour to live, one audience and so no `azp`, the issuer of the documents."""
    app = await world.tell(an_app())
    said = claims((await world.tokens(app, await world.person("when@core.example")))["id_token"])
    now = int(world.clock.now().timestamp())
    assert (world.ground.issuer, app.client_id, now, now + LIVES) == tuple(
        said[name] for name in ("iss", "aud", "iat", "exp")
    )
    assert "azp" not in said


async def test_a_refreshed_id_token_is_of_the_same_sign_in(world: World) -> None:
    """Section 12.2: issuer, subject, audience and auth_time stay, `iat` is new, and there is no nonce."""
    app = await world.tell(an_app())
    first = await world.tokens(app, await world.person("again@core.example"))
    world.clock.advance(timedelta(minutes=5))
    second = (await world.refresh(app, first["refresh_token"])).json()
    before, after = claims(first["id_token"]), claims(second["id_token"])
    same = ("iss", "sub", "aud", "auth_time", "amr", "acr")
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert (300, True, False) == (after["iat"] - before["iat"], "nonce" in before, "nonce" in after)


async def test_the_subject_is_the_same_everywhere(world: World) -> None:
    """Section 8: `public`, as the document says; ID token and userinfo agree (5.3.2)."""
    ada = await world.person("public@core.example")
    subs = set()
    for app in (await world.tell(an_app()), await world.tell(an_app())):
        tokens = await world.tokens(app, ada)
        subs |= {claims(tokens["id_token"])["sub"], (await world.userinfo(tokens["access_token"])).json()["sub"]}
    assert {ada.sub} == subs
    async with world.browser() as http:
        document = (await http.get("/.well-known/openid-configuration")).json()
    assert ["public"] == document["subject_types_supported"]


async def test_each_way_to_authenticate(world: World) -> None:
    """Section 9: basic and post for who has a secret, none for who has none; and no way is mistaken for another."""
    shop, spa = await world.tell(an_app()), await world.tell(an_app(client_type="public"))
    form = {"grant_type": "refresh_token", "refresh_token": "never-issued"}

    async def ask(client_id: str, secret: str | None, basic: httpx.BasicAuth | None = None) -> Any:
        shown = {} if secret is None else {"client_secret": secret}
        named = {} if basic else {"client_id": client_id}
        async with world.browser() as http:
            return (await http.post("/oauth/token", data={**form, **named, **shown}, auth=basic)).json()["error"]

    known, refused = "invalid_grant", "invalid_client"
    assert known == await ask(shop.client_id, SECRET)
    assert known == await ask(shop.client_id, None, httpx.BasicAuth(shop.client_id, SECRET))
    assert known == await ask(spa.client_id, None)
    assert refused == await ask(shop.client_id, None)
    assert refused == await ask(spa.client_id, SECRET)
    assert "invalid_request" == await ask(shop.client_id, SECRET, httpx.BasicAuth(shop.client_id, SECRET))


async def test_what_all_providers_have_to_bear(world: World) -> None:
    """Section 15.1: prompt, display, ui_locales, claims_locales, max_age and acr_values cause no error."""
    app = await world.tell(an_app())
    wishes = {"display": "touch", "ui_locales": "zz", "claims_locales": "ko", "max_age": "600", "acr_values": "0 1"}
    async with world.browser() as http:
        answer = await http.get("/oauth/authorize", params=asking(app, prompt="login", **wishes))
        assert (302, True) == (answer.status_code, answer.headers["location"].startswith("/session/new?"))
        silent = await http.get("/oauth/authorize", params=asking(app, prompt="none", **wishes))
    assert "login_required" == told(silent)["error"]
