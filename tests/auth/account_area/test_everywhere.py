"""Signing out everywhere, by API and by the button on the security page."""

from tests.auth.people import People, a_key, bearer, csrf
from tests.auth.rp import World, an_app

EVERYWHERE = "/api/v1/me/sign_out_everywhere"


async def test_every_session_ends(house: People) -> None:
    """This browser's and the other's; a personal API key is no session and stays."""
    ada = await house.developer("ada@all.example")
    key = bearer(await a_key(house, ada.id, "profile:write"))
    async with house.signed_in("ada@all.example") as one, house.signed_in("ada@all.example") as other:
        form = {"csrf_token": await csrf(one, "/account/security")}
        answer = await one.post("/account/sign-out-everywhere", data=form)
        assert (303, "/session/new") == (answer.status_code, answer.headers["location"])
        assert 401 == (await other.get("/api/v1/me")).status_code
    async with house.browser() as script:
        assert 204 == (await script.post(EVERYWHERE, headers=key)).status_code
        assert 200 == (await script.get("/api/v1/me", headers=key)).status_code


async def test_every_token_ends_and_its_application_hears(world: World) -> None:
    """Access and refresh tokens die at once with `token.revoked` and a logout token; the consent stays."""
    app = await world.tell(an_app(backchannel_logout_uri="https://shop.example/logout"))
    bob = await world.person("bob@all.example")
    tokens = await world.tokens(app, bob)
    async with world.browser() as http:
        header = {"x-logi-csrf-token": await world.sign_in(http, bob)}
        assert 204 == (await http.post(EVERYWHERE, headers=header)).status_code
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    assert 400 == (await world.refresh(app, tokens["refresh_token"])).status_code
    assert 1 == await world.db.fetchval("select count(*) from grants where user_id = $1", bob.id)
    assert 1 <= await world.db.fetchval("select count(*) from logout_outbox where sub = $1", str(bob.id))
    rows = await world.db.fetch("select payload from outbox where tag = 'auth.token.revoked'")
    assert 1 == sum(app.client_id in bytes(row["payload"]).decode() for row in rows)
