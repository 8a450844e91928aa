"""RFC 7662: who may ask about which token, and what they are told."""

import base64

from services.auth.resources import store
from tests.auth.rp import RESOURCE, SECRET, World, a_machine, an_app, with_management

INTROSPECT = "/oauth/introspect"
INACTIVE = {"active": False}


async def test_an_own_access_token_is_told_whole(world: World) -> None:
    """What stands in the token, and that it counts."""
    app, ada = await world.tell(an_app()), await world.person("ada@introspect.example")
    tokens = await world.tokens(app, ada)
    answer = await world.post(INTROSPECT, app, token=tokens["access_token"])
    told = answer.json()
    wanted = {
        "active": True,
        "client_id": app.client_id,
        "aud": app.client_id,
        "sub": str(ada.id),
        "scope": "openid email",
        "iss": "http://localhost:8000",
        "token_type": "Bearer",
    }
    assert wanted == {name: told[name] for name in wanted}
    assert 900 == told["exp"] - told["iat"]
    assert "no-store" == answer.headers["cache-control"]


async def test_basic_authentication_counts_as_well(world: World) -> None:
    """The header of RFC 6749 section 2.3.1."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("basic@introspect.example"))
    header = base64.b64encode(f"{app.client_id}:{SECRET}".encode()).decode()
    async with world.browser() as http:
        answer = await http.post(
            INTROSPECT, data={"token": tokens["access_token"]}, headers={"authorization": f"Basic {header}"}
        )
    assert answer.json()["active"]


async def test_a_refresh_token_is_active_until_it_is_used(world: World) -> None:
    """Asking is no use of it: the family lives on."""
    app = await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("bob@introspect.example"))
    told = (await world.post(INTROSPECT, app, token=tokens["refresh_token"])).json()
    assert (True, "openid email") == (told["active"], told["scope"])
    fresh = (await world.refresh(app, tokens["refresh_token"])).json()["refresh_token"]
    assert INACTIVE == (await world.post(INTROSPECT, app, token=tokens["refresh_token"])).json()
    assert (await world.post(INTROSPECT, app, token=fresh)).json()["active"]


async def test_a_strangers_token_is_not_active(world: World) -> None:
    """Neither kind; nobody learns whether it lives."""
    app, other = await world.tell(an_app()), await world.tell(an_app())
    tokens = await world.tokens(app, await world.person("carol@introspect.example"))
    for kind in ("access_token", "refresh_token", "id_token"):
        assert INACTIVE == (await world.post(INTROSPECT, other, token=tokens[kind])).json()


async def test_a_resource_asks_about_its_own_tokens(world: World) -> None:
    """Once the operator has said that this client serves it."""
    machine, server = await with_management(world, a_machine()), await world.tell(a_machine())
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    token = (await world.token(form)).json()["access_token"]
    assert INACTIVE == (await world.post(INTROSPECT, server, token=token)).json()
    assert await store.serve(world.db, RESOURCE, server.client_id)
    told = (await world.post(INTROSPECT, server, token=token)).json()
    assert (True, machine.client_id, RESOURCE) == (told["active"], told["client_id"], told["aud"])
    assert not await store.serve(world.db, "https://nobody.example", server.client_id)


async def test_a_public_client_asks_nothing(world: World) -> None:
    """Its name is public, so anybody could ask."""
    app = await world.tell(an_app(client_type="public"))
    tokens = await world.tokens(app, await world.person("dave@introspect.example"))
    answer = await world.post(INTROSPECT, app, token=tokens["access_token"])
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


async def test_a_deactivated_user_is_served_no_more(world: World) -> None:
    """Tokens of a suspended account are not active from the next question on."""
    app, eve = await world.tell(an_app()), await world.person("eve@introspect.example")
    tokens = await world.tokens(app, eve)
    await world.db.execute("update users set suspended_at = now() where id = $1", eve.id)
    for kind in ("access_token", "refresh_token"):
        assert INACTIVE == (await world.post(INTROSPECT, app, token=tokens[kind])).json()
