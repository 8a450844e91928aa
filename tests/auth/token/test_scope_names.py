"""`profile` is another name of `profile:basic` (auth.md 3.4): whoever asks by one is answered by it (RFC 6749 3.3)."""

import pytest

from tests.auth.dpop.proofs import claims
from tests.auth.rp import World, an_app, asking


@pytest.mark.parametrize("name", ["profile", "profile:basic"])
async def test_the_granted_scope_is_called_as_it_was_asked_for(world: World, name: str) -> None:
    """In the reply, in the token, at introspection and after a refresh; both names are one scope, asked for once."""
    app, ada = await world.tell(an_app()), await world.person(f"{name.replace(':', '.')}@names.example")
    tokens = await world.tokens(app, ada, scope=f"openid {name}")
    assert f"openid {name}" == tokens["scope"] == claims(tokens["access_token"])["scope"]
    seen = (await world.post("/oauth/introspect", app, token=tokens["access_token"])).json()
    assert (True, f"openid {name}") == (seen["active"], seen["scope"])
    again = (await world.refresh(app, tokens["refresh_token"])).json()
    assert f"openid {name}" == again["scope"]
    other = "profile" if name == "profile:basic" else "profile:basic"
    narrowed = (await world.refresh(app, again["refresh_token"], scope=other)).json()
    assert other == narrowed["scope"]
    kept = await world.db.fetchval("select scopes from grants where user_id = $1", ada.id)
    assert ["openid", "profile:basic"] == kept


async def test_the_other_name_needs_no_second_consent(world: World) -> None:
    """Nor is the scope granted twice where both names are asked for."""
    app, ada = await world.tell(an_app()), await world.person("both@names.example")
    tokens = await world.tokens(app, ada, scope="openid profile profile:basic")
    assert "openid profile" == tokens["scope"]
    async with world.browser() as http:
        await world.sign_in(http, ada)
        answer = await http.get("/oauth/authorize", params=asking(app, scope="openid profile:basic"))
    assert 302 == answer.status_code
